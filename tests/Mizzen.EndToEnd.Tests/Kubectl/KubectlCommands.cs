namespace Mizzen.EndToEnd.Tests.Kubectl;

/// <summary>What somebody types, and what comes of it.</summary>
/// <param name="Name">The command.</param>
/// <param name="Script">
/// For the shell; <c>k</c> is kubectl in the row's own namespace <c>$NS</c>, and <c>$MAP</c> a ConfigMap as text.
/// </param>
/// <param name="Expected">A regular expression for what both streams say; a dot is any character.</param>
internal sealed record KubectlCommand(string Name, string Script, string Expected);

/// <summary>The rows of the matrix.</summary>
internal static class KubectlCommands
{
    public static IReadOnlyList<KubectlCommand> All { get; } =
    [
        new("version", "k version", """Server Version: v1\.32"""),
        new("cluster-info", "kubectl cluster-info", "Kubernetes control plane.* is running at.*CoreDNS.* is running at"),
        new("api-resources", "k api-resources", "daemonsets +ds +apps/v1 +true +DaemonSet.*jobs +batch/v1"),
        new("api-versions", "k api-versions", """apps/v1\n.*batch/v1\n.*rbac.authorization.k8s.io/v1\n"""),
        new("explain", "k explain deployment.spec.replicas", "KIND: +Deployment.*FIELD: replicas <integer>"),
        new("get", "k get deploy,pods,cm", "deployment.apps/web +1/1 +1 +1 .*pod/web-[a-z0-9-]+ +1/1 +Running.*configmap/settings +1"),
        new("get -o", "k get deploy web -o name; k get deploy web -o jsonpath='{.spec.replicas}'; k get deploy web -o yaml; k get pods -o wide", """deployment.apps/web\n1apiVersion: apps/v1.*NOMINATED NODE"""),
        new("get -w", "(sleep 1; k label cm settings seen=yes) & timeout 4 kubectl -n $NS get cm settings -w --no-headers; wait", """settings +1 .*settings +1 .*"""),
        new("describe", "k describe deploy web; k describe pod -l app=web; k describe node node-1", "StrategyType: +RollingUpdate.*Status: +Running.*Started container main.*node-1.*Allocated resources"),
        new("create configmap", "k create configmap c --from-literal=a=b; k get cm c -o jsonpath='{.data.a}'", """configmap/c created\nb$"""),
        new("create secret", "k create secret generic s --from-literal=a=b; k get secret s -o jsonpath='{.data.a}'", """secret/s created\nYg==$"""),
        new("create namespace", "k create namespace $NS-2; k get ns $NS-2; k delete ns $NS-2", """created\n.*Active.*deleted"""),
        new("create serviceaccount, token", "k create sa robot; k create token robot", """serviceaccount/robot created\n[\w-]+\.[\w-]+\.[\w-]+"""),
        new("create deployment", "k create deployment d --image=mizzen/istiod --replicas=2 -- sleep 1000; k rollout status deploy/d --timeout=60s", """created\n.*successfully rolled out"""),
        new("create service", "k create service clusterip web --tcp=80:80; k get endpointslices -l kubernetes.io/service-name=web", """service/web created\n.*web-.*IPv4"""),
        new("create ingress", "k create ingress i --rule=a.example/=web:80; k get ingress i -o jsonpath='{.spec.rules[0].host}'", """created\na.example$"""),
        new("create role and binding", "k create role r --verb=get --resource=pods; k create rolebinding b --role=r --user=u; k auth can-i get pods --as=u; k auth can-i list pods --as=u", """created\n.*created\nyes\nno\n"""),
        new("create job", "k create job j --image=mizzen/istiod -- /bin/sh -c 'echo done'; k wait --for=condition=complete job/j --timeout=60s; k logs job/j", """created\n.*condition met\ndone\n$"""),
        new("auth", "k auth can-i '*' '*'; k auth whoami; k auth can-i --list --as=u | head -1", """yes\n.*mizzen-admin.*Resources +Non-Resource URLs"""),
        new("apply", """echo "$MAP" | k apply -f -; echo "$MAP" | sed s/red/blue/ | k apply -f -; echo "$MAP" | sed s/red/blue/ | k apply -f -; k get cm colors -o jsonpath='{.data.color}'""", """created\n.*configured\n.*unchanged\nblue$"""),
        new("apply --server-side", """echo "$MAP" | k apply --server-side -f -; echo "$MAP" | sed s/red/blue/ | k apply --server-side --field-manager=other -f -; echo "$MAP" | sed s/red/blue/ | k apply --server-side --field-manager=other --force-conflicts -f -""", """serverside-applied\n.*conflict with "kubectl": .data.color.*serverside-applied"""),
        new("diff", """echo "$MAP" | k apply -f -; echo "$MAP" | sed s/red/blue/ | k diff -f -; echo code=$?""", """-  color: red\n\+  color: blue\n.*code=1"""),
        new("replace", """echo "$MAP" | k create -f -; echo "$MAP" | sed s/red/green/ | k replace -f -; k get cm colors -o jsonpath='{.data.color}'""", """replaced\ngreen$"""),
        new("edit", """KUBE_EDITOR='sed -i "s/replicas: 1/replicas: 2/"' kubectl -n $NS edit deploy web; k get deploy web -o jsonpath='{.spec.replicas}'""", """edited\n2$"""),
        new("label, annotate", "k label deploy web tier=front; k annotate deploy web note=hi; k get deploy -l tier=front -o jsonpath='{.items[0].metadata.annotations.note}'", """labeled\n.*annotated\nhi$"""),
        new("patch", """k patch cm settings -p '{"data":{"b":"1"}}'; k patch cm settings --type=merge -p '{"data":{"c":"2"}}'; k patch cm settings --type=json -p '[{"op":"add","path":"/data/d","value":"3"}]'; k patch deploy web --subresource=scale --type=merge -p '{"spec":{"replicas":2}}'; k get cm settings -o jsonpath='{.data}'; k get deploy web -o jsonpath='{.spec.replicas}'""", """patched\n.*patched\n.*patched\n.*patched\n.*"b":"1","c":"2","d":"3"}2$"""),
        new("scale", "k scale deploy/web --replicas=3; k rollout status deploy/web --timeout=60s; k get deploy web -o jsonpath='{.status.readyReplicas}'", """scaled\n.*successfully rolled out\n3$"""),
        new("set, rollout", "k set env deploy/web A=1; k rollout status deploy/web --timeout=60s; k rollout history deploy/web; k rollout undo deploy/web; k rollout status deploy/web --timeout=60s; k get deploy web -o jsonpath='{.spec.template.spec.containers[0].env}'; echo end", """env updated\n.*successfully rolled out\n.*2 .*rolled back\n.*successfully rolled out\nend"""),
        new("rollout restart, pause, resume", "k rollout restart deploy/web; k rollout pause deploy/web; k rollout resume deploy/web; k rollout status deploy/web --timeout=60s; k get rs --no-headers | wc -l", """restarted\n.*paused\n.*resumed\n.*successfully rolled out\n2\n"""),
        new("a StatefulSet's pods have names", """
            k create service clusterip db --clusterip=None --tcp=80
            printf 'apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec: {serviceName: db, replicas: 2, selector: {matchLabels: {app: db}}, template: {metadata: {labels: {app: db}}, spec: {terminationGracePeriodSeconds: 0, containers: [{name: db, image: mizzen/istiod, command: [sleep, "1000"]}]}}}\n' | k apply -f -
            k rollout status sts/db --timeout=60s; k get sts,pods -l app=db
            test "$(k exec deploy/web -- python3 -c 'import socket; print(socket.gethostbyname("db-1.db"))')" = "$(k get pod db-1 -o jsonpath='{.status.podIP}')" && echo same
            k exec db-0 -- grep db-0 /etc/hosts
            """, """partitioned roll out complete: 2 new pods.*pod/db-0 +1/1.*pod/db-1 +1/1.*same\n[0-9.]+ db-0\.db\.m\w+\.svc\.cluster\.local db-0"""),
        new("set resources", "k set resources deploy/web --requests=cpu=10m; k get deploy web -o jsonpath='{.spec.template.spec.containers[0].resources.requests.cpu}'", """requirements updated\n10m$"""),
        new("expose", "k expose deploy web --port=80; k get svc web -o jsonpath='{.spec.selector.app}'", """exposed\nweb$"""),
        new("run", "k run one --image=mizzen/istiod --restart=Never --command -- sh -c 'echo ran'; k wait --for=jsonpath='{.status.phase}'=Succeeded pod/one --timeout=60s; k logs one", """created\n.*condition met\nran\n$"""),
        new("run -i --rm", "echo hello | k run two --image=mizzen/istiod --restart=Never --rm -i --quiet --command -- cat; k get pod two", """hello\n.*NotFound"""),
        new("logs -f", "timeout 3 kubectl -n $NS logs -f deploy/web; k logs deploy/web --tail=1", """started\n.*tick"""),
        new("exec", "k exec deploy/web -- sh -c 'echo out; exit 3'; echo code=$?; echo in | k exec -i deploy/web -- cat", """out\n.*exit code 3\ncode=3\nin\n$"""),
        new("exec -it", """echo 'tty; exit 4' | script -qec "kubectl -n $NS exec -it deploy/web -- sh" /dev/null; echo code=$?""", """/dev/.*code=4"""),
        new("attach", "timeout 3 kubectl -n $NS attach deploy/web", "tick"),
        new("cp", "P=$(k get pod -l app=web -o jsonpath='{.items[0].metadata.name}'); echo text > /tmp/$NS; k cp /tmp/$NS $P:/run/file; k exec $P -- cat /run/file; k cp $P:/run/file /tmp/$NS-2 && cat /tmp/$NS-2; rm /tmp/$NS /tmp/$NS-2", """text\n.*text\n"""),
        new("port-forward", """timeout 6 kubectl -n $NS port-forward deploy/web 0:8000 > /tmp/$NS & sleep 3; curl -s http://127.0.0.1:$(sed -n 's/.*127.0.0.1:\([0-9]*\) .*/\1/p' /tmp/$NS)/hostname; wait; rm /tmp/$NS""", "web-"),
        new("cordon, taint", "k cordon node-4; k get node node-4; k uncordon node-4; k taint node node-4 a=b:PreferNoSchedule; k describe node node-4 | grep -A2 Taints; k taint node node-4 a-", """cordoned\n.*SchedulingDisabled.*uncordoned\n.*tainted\n.*a=b:PreferNoSchedule\n.*untainted"""),
        new("drain", "N=$(k get pod -l app=web -o jsonpath='{.items[0].spec.nodeName}'); k drain $N --ignore-daemonsets --delete-emptydir-data --force --pod-selector=row=$NS --timeout=60s; for i in $(seq 300); do k get pod -l app=web --field-selector=status.phase=Running -o name | grep -q . && break; sleep 0.2; done; test $(k get pod -l app=web --field-selector=status.phase=Running -o jsonpath='{.items[0].spec.nodeName}') != $N && echo moved; k uncordon $N", """evicting pod.*drained\n.*moved\n.*uncordoned"""),
        new("top", "k run busy --image=mizzen/istiod --command -- sh -c 'while :; do :; done'; k wait --for=condition=Ready pod/busy --timeout=60s; sleep 2; k top pod busy --no-headers; k top pods --containers -l app=web; kubectl top nodes", """busy +[1-9]\d+m +\d+Mi.*web-\S+ +main +\d+m +[1-9]\d*Mi.*node-1 +\d+m +\d+% +\d+Mi +\d+%"""),
        new("wait", "k wait --for=condition=Available deploy/web --timeout=30s; k wait --for=delete cm/none --timeout=5s; k wait --for=condition=Ready pod/none", """condition met\n.*"none" not found"""),
        new("events", "k events; k get events --field-selector reason=Started", "Scaled up replica set.*Started container"),
        new("delete", "k delete cm settings; k get cm settings", """configmap "settings" deleted.*NotFound"""),
        new("delete --cascade=background", "k delete deploy web --cascade=background; k wait --for=delete pod -l app=web --timeout=60s; k get rs,pods", "deleted.*No resources found"),
        new("delete --cascade=foreground", "k delete deploy web --cascade=foreground; k get rs,pods", "deleted.*No resources found"),
        new("delete --cascade=orphan", "k delete deploy web --cascade=orphan; sleep 1; k get rs --no-headers | wc -l", """deleted.*\n1\n"""),
        new("proxy", "timeout 5 kubectl proxy --port=0 > /tmp/$NS & sleep 2; curl -s http://$(sed 's/.* on //' /tmp/$NS)/api/v1/namespaces/$NS/configmaps/settings; wait; rm /tmp/$NS", @"""name"": ?""settings"""),
        new("a mistake in a field", """printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndta: {}\n' | k apply -f -""", """unknown field .dta."""),
        new("a value of a wrong type", """printf 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {replicas: many}\n' | k create --validate=false -f -""", "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"),
        new("set image, rollout status of the past", "k set image deploy/web main=mizzen/other; k rollout status deploy/web --timeout=2s; k rollout undo deploy/web --to-revision=1; k rollout status deploy/web --timeout=60s", """image updated\n.*timed out waiting.*rolled back\n.*successfully rolled out"""),
        new("set serviceaccount, selector", "k create sa robot; k set serviceaccount deploy/web robot; k rollout status deploy/web --timeout=60s; k get pod -l app=web --field-selector=spec.serviceAccountName=robot -o name", """serviceaccount updated\n.*pod/web-"""),
        new("create clusterrole and binding", "k create clusterrole $NS --verb=get,list --resource=pods; k create clusterrolebinding $NS --clusterrole=$NS --user=$NS; k auth can-i list pods -A --as=$NS; k delete clusterrole,clusterrolebinding $NS", """created\n.*created\nyes\n.*deleted\n.*deleted"""),
        new("create -f, --dry-run", "k create deployment d --image=a --dry-run=server -o name; k create cm c --from-literal=a=b --dry-run=client -o yaml | k create -f -; k get deploy d", """deployment.apps/d\nconfigmap/c created\n.*NotFound"""),
        new("apply --prune", """echo "$MAP" | k apply -f -; k label cm colors part=a; echo "$MAP" | sed 's/colors}/other, labels: {part: a}}/' | k apply --prune -l part=a --prune-allowlist=core/v1/ConfigMap -f -""", """configmap/other created\nconfigmap/colors pruned"""),
        new("apply -k", """D=$(mktemp -d); printf 'configMapGenerator: [{name: made, literals: [a=b]}]' > $D/kustomization.yaml; k apply -k $D; rm -r $D""", """configmap/made-\w+ created"""),
        new("events of what cannot be placed", "k run big --image=mizzen/istiod --overrides='{\"spec\":{\"nodeSelector\":{\"no\":\"where\"}}}'; sleep 1; k get events --field-selector reason=FailedScheduling -o jsonpath='{.items[0].message}'", "0/4 nodes are available: 4 node"),
        new("get --raw, --sort-by, custom-columns", "k get --raw /readyz; k get pods --sort-by=.metadata.name -o custom-columns=N:.metadata.labels.app,R:.spec.restartPolicy", """ok.*N +R\nweb +Always"""),
        new("delete a namespace with all that is in it", "kubectl delete ns $NS --timeout=60s; kubectl get all -n $NS", """namespace "m\w+" deleted.*No resources found"""),
        new("delete -l, --all, --now", "k label cm settings gone=soon; k delete cm -l gone=soon; k delete pods --all --now; k rollout status deploy/web --timeout=60s", """configmap "settings" deleted.*pod "web-.*" deleted.*successfully rolled out"""),
        new("create service loadbalancer", "k create service loadbalancer web --tcp=18888:8000; k wait --for=jsonpath='{.status.loadBalancer.ingress[0].ip}' svc/web --timeout=20s; curl -s --retry 30 --retry-delay 1 --retry-all-errors http://$(k get svc web -o jsonpath='{.status.loadBalancer.ingress[0].ip}'):18888/hostname", """created\n.*condition met\nweb-"""),
        new("create service externalname", """k create service clusterip web --tcp=80; k create service externalname ext --external-name=web.$NS.svc.cluster.local; test "$(k exec deploy/web -- python3 -c 'import socket; print(socket.gethostbyname("ext"))')" = "$(k get svc web -o jsonpath='{.spec.clusterIP}')" && echo same""", """created\n.*created\nsame"""),
        new("a DaemonSet's rollout", """
            printf 'apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: ds}\nspec: {selector: {matchLabels: {app: ds}}, template: {metadata: {labels: {app: ds}}, spec: {terminationGracePeriodSeconds: 0, containers: [{name: m, image: mizzen/istiod, command: [sleep, "1000"]}]}}}\n' | k apply -f -
            k rollout status ds/ds --timeout=60s; k set env ds/ds A=1; k rollout status ds/ds --timeout=60s; k rollout history ds/ds; k rollout undo ds/ds; k rollout status ds/ds --timeout=60s; k get ds ds --no-headers
            """, """rolled out\n.*env updated\n.*rolled out\n.*\n2 .*rolled back\n.*rolled out\nds +4 +4 +4 +4 +4 """),
        new("Jobs that fail, take too long, or go by themselves", """
            job() { printf 'apiVersion: batch/v1\nkind: Job\nmetadata: {name: %s}\nspec: {%s, template: {spec: {restartPolicy: Never, terminationGracePeriodSeconds: 0, containers: [{name: m, image: mizzen/istiod, command: [%s]}]}}}\n' "$1" "$2" "$3" | k apply -f -; }
            job fails 'backoffLimit: 0' '"false"'; job late 'activeDeadlineSeconds: 1' 'sleep, "100"'; job gone 'ttlSecondsAfterFinished: 0, completions: 3, parallelism: 2' '"true"'
            k wait --for=condition=Failed job/fails job/late --timeout=60s; k get job fails late -o jsonpath='{.items[*].status.conditions[?(@.type=="Failed")].reason}'; echo; k wait --for=delete job/gone --timeout=60s; k get job gone
            """, """BackoffLimitExceeded DeadlineExceeded\n.*"gone" not found"""),
        new("a rollout that makes no progress", """k create deployment pd --image=nosuch/image; k patch deploy pd -p '{"spec":{"progressDeadlineSeconds":1}}'; k rollout status deploy/pd --timeout=60s""", "exceeded its progress deadline"),
        new("drain with a budget", "k create pdb web --selector=app=web --min-available=1; k wait --for=jsonpath='{.status.currentHealthy}'=1 pdb/web --timeout=20s; N=$(k get pod -l app=web -o jsonpath='{.items[0].spec.nodeName}'); k drain $N --ignore-daemonsets --force --pod-selector=row=$NS --timeout=3s; k uncordon $N", "Cannot evict pod as it would violate the pod's disruption budget.*uncordoned"),
        new("a token is reviewed", """k create sa robot; T=$(k create token robot --audience=api); printf "apiVersion: authentication.k8s.io/v1\nkind: TokenReview\nspec: {token: $T, audiences: [api]}\n" | k create -o jsonpath='{.status.user.username} {.status.audiences}' -f -""", """system:serviceaccount:m\w+:robot \["api"\]"""),
        new("topology spread", """
            printf 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: sp}\nspec: {replicas: 4, selector: {matchLabels: {app: sp}}, template: {metadata: {labels: {app: sp}}, spec: {topologySpreadConstraints: [{maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: sp}}}], terminationGracePeriodSeconds: 0, containers: [{name: m, image: mizzen/istiod, command: [sleep, "1000"]}]}}}\n' | k apply -f -
            k rollout status deploy/sp --timeout=60s; k get pods -l app=sp -o jsonpath='{.items[*].spec.nodeName}' | tr ' ' '\n' | sort -u | wc -l
            """, """rolled out\n[34]\n"""),
        new("leases of nodes", "kubectl get leases -n kube-node-lease", """node-1 +node-1 .*node-4 +node-4"""),
        new("what there is none of", "k create cronjob c --image=a --schedule=@hourly -- true; k get cronjobs", "a local cluster has no CronJob: make a Job when it is time.*No resources found"),
        new("who must not be root and would be", """k run who --image=mizzen/istiod --overrides='{"spec":{"securityContext":{"runAsNonRoot":true}}}' --command -- id; k wait --for=jsonpath='{.status.containerStatuses[0].state.waiting.reason}'=CreateContainerConfigError pod/who --timeout=30s; k get pod who --no-headers""", """condition met\nwho +0/1 +CreateContainerConfigError"""),
        new("more memory than allowed", """k run greedy --image=mizzen/istiod --restart=Never --overrides='{"spec":{"containers":[{"name":"greedy","image":"mizzen/istiod","command":["python3","-c","x=b\"x\"*200000000; import time; time.sleep(100)"],"resources":{"limits":{"memory":"50Mi"}}}]}}'; k wait --for=jsonpath='{.status.phase}'=Failed pod/greedy --timeout=60s; k describe pod greedy""", """condition met\n.*Reason: +OOMKilled\n +Exit Code: +137"""),
        new("what is not there", "k get nothing; k get cm nothing; k delete cm nothing; k logs nothing; k exec nothing -- true", """the server doesn't have a resource type "nothing".*configmaps "nothing" not found.*configmaps "nothing" not found.*pods "nothing" not found.*pods "nothing" not found"""),
    ];
}

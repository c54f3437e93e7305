using System.Collections.Frozen;
using System.Globalization;

namespace Mizzen.Cluster.ApiServer.Protobuf;

/// <summary>One field of a message.</summary>
/// <param name="Name">Its name in JSON; <c>^</c> where the message's fields belong to the object around it.</param>
/// <param name="Type">string, bytes, bool, int, Time, Quantity, IntOrString, skip, or the name of a message.</param>
/// <param name="Repeated">A list.</param>
/// <param name="Map">A map from strings.</param>
/// <param name="Pointer">Absent and empty differ: an empty value is kept.</param>
internal sealed record MessageField(string Name, string Type, bool Repeated, bool Map, bool Pointer);

/// <summary>
/// The messages that kubectl writes as protobuf (its <c>create</c> commands), with the field numbers of Kubernetes'
/// <c>generated.proto</c> files. A line: number, name, type; <c>[]</c> is a list, <c>{}</c> a map, <c>?</c> a pointer.
/// </summary>
internal static class MessageTable
{
    private static readonly Dictionary<string, string> Text = new()
    {
        ["ObjectMeta"] = """
            1 name string; 2 generateName string; 3 namespace string; 4 selfLink string; 5 uid string; 6 resourceVersion string; 7 generation int;
            8 creationTimestamp Time; 9 deletionTimestamp Time; 10 deletionGracePeriodSeconds int?; 11 labels string{}; 12 annotations string{};
            13 ownerReferences OwnerReference[]; 14 finalizers string[]
            """,
        ["OwnerReference"] = "1 kind string; 3 name string; 4 uid string; 5 apiVersion string; 6 controller bool?; 7 blockOwnerDeletion bool?",
        ["LabelSelector"] = "1 matchLabels string{}; 2 matchExpressions LabelSelectorRequirement[]",
        ["LabelSelectorRequirement"] = "1 key string; 2 operator string; 3 values string[]",
        ["Namespace"] = "1 metadata ObjectMeta; 2 spec NamespaceSpec; 3 status skip",
        ["NamespaceSpec"] = "1 finalizers string[]",
        ["ConfigMap"] = "1 metadata ObjectMeta; 2 data string{}; 3 binaryData bytes{}; 4 immutable bool?",
        ["Secret"] = "1 metadata ObjectMeta; 2 data bytes{}; 3 type string; 4 stringData string{}; 5 immutable bool?",
        ["ServiceAccount"] = "1 metadata ObjectMeta; 2 secrets ObjectReference[]; 3 imagePullSecrets LocalObjectReference[]; 4 automountServiceAccountToken bool?",
        ["LocalObjectReference"] = "1 name string",
        ["ObjectReference"] = "1 kind string; 2 namespace string; 3 name string; 4 uid string; 5 apiVersion string; 6 resourceVersion string; 7 fieldPath string",
        ["Service"] = "1 metadata ObjectMeta; 2 spec ServiceSpec; 3 status skip",
        ["ServiceSpec"] = """
            1 ports ServicePort[]; 2 selector string{}; 3 clusterIP string; 4 type string; 5 externalIPs string[]; 7 sessionAffinity string;
            8 loadBalancerIP string; 9 loadBalancerSourceRanges string[]; 10 externalName string; 11 externalTrafficPolicy string;
            12 healthCheckNodePort int; 13 publishNotReadyAddresses bool; 17 ipFamilyPolicy string?; 18 clusterIPs string[]; 19 ipFamilies string[];
            20 allocateLoadBalancerNodePorts bool?; 21 loadBalancerClass string?; 22 internalTrafficPolicy string?
            """,
        ["ServicePort"] = "1 name string; 2 protocol string; 3 port int; 4 targetPort IntOrString; 5 nodePort int; 6 appProtocol string?",
        ["Deployment"] = "1 metadata ObjectMeta; 2 spec DeploymentSpec; 3 status skip",
        ["DeploymentSpec"] = """
            1 replicas int?; 2 selector LabelSelector; 3 template PodTemplateSpec; 4 strategy DeploymentStrategy; 5 minReadySeconds int;
            6 revisionHistoryLimit int?; 7 paused bool; 9 progressDeadlineSeconds int?
            """,
        ["DeploymentStrategy"] = "1 type string; 2 rollingUpdate RollingUpdateDeployment",
        ["RollingUpdateDeployment"] = "1 maxUnavailable IntOrString; 2 maxSurge IntOrString",
        ["Job"] = "1 metadata ObjectMeta; 2 spec JobSpec; 3 status skip",
        ["JobSpec"] = """
            1 parallelism int?; 2 completions int?; 3 activeDeadlineSeconds int?; 4 selector LabelSelector; 5 manualSelector bool?;
            6 template PodTemplateSpec; 7 backoffLimit int?; 8 ttlSecondsAfterFinished int?; 9 completionMode string?; 10 suspend bool?
            """,
        ["PodDisruptionBudget"] = "1 metadata ObjectMeta; 2 spec PodDisruptionBudgetSpec; 3 status skip",
        ["PodDisruptionBudgetSpec"] = "1 minAvailable IntOrString; 2 selector LabelSelector; 3 maxUnavailable IntOrString; 4 unhealthyPodEvictionPolicy string?",
        ["PodTemplateSpec"] = "1 metadata ObjectMeta; 2 spec PodSpec",
        ["PodSpec"] = """
            2 containers Container[]; 3 restartPolicy string; 4 terminationGracePeriodSeconds int?; 5 activeDeadlineSeconds int?; 6 dnsPolicy string;
            7 nodeSelector string{}; 8 serviceAccountName string; 9 serviceAccount string; 10 nodeName string; 11 hostNetwork bool; 12 hostPID bool;
            13 hostIPC bool; 15 imagePullSecrets LocalObjectReference[]; 16 hostname string; 17 subdomain string; 19 schedulerName string;
            20 initContainers Container[]; 21 automountServiceAccountToken bool?; 24 priorityClassName string; 25 priority int?;
            27 shareProcessNamespace bool?; 29 runtimeClassName string?; 30 enableServiceLinks bool?; 31 preemptionPolicy string?
            """,
        ["Container"] = """
            1 name string; 2 image string; 3 command string[]; 4 args string[]; 5 workingDir string; 6 ports ContainerPort[]; 7 env EnvVar[];
            8 resources ResourceRequirements; 13 terminationMessagePath string; 14 imagePullPolicy string; 16 stdin bool; 17 stdinOnce bool; 18 tty bool;
            20 terminationMessagePolicy string
            """,
        ["ContainerPort"] = "1 name string; 2 hostPort int; 3 containerPort int; 4 protocol string; 5 hostIP string",
        ["EnvVar"] = "1 name string; 2 value string",
        ["ResourceRequirements"] = "1 limits Quantity{}; 2 requests Quantity{}",
        ["Ingress"] = "1 metadata ObjectMeta; 2 spec IngressSpec; 3 status skip",
        ["IngressSpec"] = "1 defaultBackend IngressBackend; 2 tls IngressTLS[]; 3 rules IngressRule[]; 4 ingressClassName string?",
        ["IngressTLS"] = "1 hosts string[]; 2 secretName string",
        ["IngressRule"] = "1 host string; 2 ^ IngressRuleValue",
        ["IngressRuleValue"] = "1 http HTTPIngressRuleValue",
        ["HTTPIngressRuleValue"] = "1 paths HTTPIngressPath[]",
        ["HTTPIngressPath"] = "1 path string; 2 backend IngressBackend; 3 pathType string?",
        ["IngressBackend"] = "3 resource ObjectReference; 4 service IngressServiceBackend",
        ["IngressServiceBackend"] = "1 name string; 2 port ServiceBackendPort",
        ["ServiceBackendPort"] = "1 name string; 2 number int",
        ["Role"] = "1 metadata ObjectMeta; 2 rules PolicyRule[]",
        ["ClusterRole"] = "1 metadata ObjectMeta; 2 rules PolicyRule[]; 3 aggregationRule AggregationRule",
        ["AggregationRule"] = "1 clusterRoleSelectors LabelSelector[]",
        ["PolicyRule"] = "1 verbs string[]; 2 apiGroups string[]; 3 resources string[]; 4 resourceNames string[]; 5 nonResourceURLs string[]",
        ["RoleBinding"] = "1 metadata ObjectMeta; 2 subjects Subject[]; 3 roleRef RoleRef",
        ["ClusterRoleBinding"] = "1 metadata ObjectMeta; 2 subjects Subject[]; 3 roleRef RoleRef",
        ["Subject"] = "1 kind string; 2 apiGroup string; 3 name string; 4 namespace string",
        ["RoleRef"] = "1 apiGroup string; 2 kind string; 3 name string",
        ["TokenRequest"] = "1 metadata ObjectMeta; 2 spec TokenRequestSpec; 3 status skip",
        ["TokenRequestSpec"] = "1 audiences string[]; 3 boundObjectRef BoundObjectReference; 4 expirationSeconds int?",
        ["BoundObjectReference"] = "1 kind string; 2 apiVersion string; 3 name string; 4 uid string",
        ["TokenReview"] = "1 metadata ObjectMeta; 2 spec TokenReviewSpec; 3 status skip",
        ["TokenReviewSpec"] = "1 token string; 2 audiences string[]",
        ["SelfSubjectAccessReview"] = "1 metadata ObjectMeta; 2 spec AccessSpec; 3 status skip",
        ["AccessSpec"] = "1 resourceAttributes ResourceAttributes; 2 nonResourceAttributes NonResourceAttributes",
        ["ResourceAttributes"] = "1 namespace string; 2 verb string; 3 group string; 4 version string; 5 resource string; 6 subresource string; 7 name string",
        ["NonResourceAttributes"] = "1 path string; 2 verb string",
        ["SelfSubjectRulesReview"] = "1 metadata ObjectMeta; 2 spec RulesSpec; 3 status skip",
        ["RulesSpec"] = "1 namespace string",
        ["SelfSubjectReview"] = "1 metadata ObjectMeta; 2 status skip",
        ["Eviction"] = "1 metadata ObjectMeta; 2 deleteOptions DeleteOptions",
        ["Binding"] = "1 metadata ObjectMeta; 2 target ObjectReference",
        ["DeleteOptions"] = "1 gracePeriodSeconds int?; 2 preconditions Preconditions; 3 orphanDependents bool?; 4 propagationPolicy string?; 5 dryRun string[]",
        ["Preconditions"] = "1 uid string?; 2 resourceVersion string?",
        ["Time"] = "1 seconds int; 2 nanos int",
        ["Quantity"] = "1 string string",
        ["IntOrString"] = "1 type int; 2 intVal int; 3 strVal string",
    };

    private static readonly FrozenDictionary<string, Dictionary<int, MessageField>> Messages =
        Text.ToFrozenDictionary(pair => pair.Key, pair => Parse(pair.Value));

    /// <summary>The fields of a message by number; null when the message is not known.</summary>
    public static IReadOnlyDictionary<int, MessageField>? Find(string message) => Messages.GetValueOrDefault(message);

    private static Dictionary<int, MessageField> Parse(string text) =>
        text.Split(';').Select(line => line.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries)).ToDictionary(
            words => int.Parse(words[0], CultureInfo.InvariantCulture),
            words => new MessageField(words[1], words[2].TrimEnd('[', ']', '{', '}', '?'), words[2].EndsWith(']'), words[2].EndsWith('}'), words[2].EndsWith('?')));
}

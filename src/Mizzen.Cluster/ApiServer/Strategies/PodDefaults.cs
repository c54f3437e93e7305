using System.Text.Json.Nodes;
using Mizzen.Cluster.ApiServer.Objects;

namespace Mizzen.Cluster.ApiServer.Strategies;

/// <summary>The defaults of a pod's specification, in pods and in templates (Kubernetes' <c>core/v1/defaults.go</c>).</summary>
internal static class PodDefaults
{
    private const int FileMode = 420; // 0644
    private const int TokenSeconds = 3600;

    public static void Apply(JsonObject spec)
    {
        spec.Default("restartPolicy", "Always");
        spec.Default("terminationGracePeriodSeconds", 30);
        spec.Default("dnsPolicy", "ClusterFirst");
        spec.Default("securityContext", new JsonObject());
        spec.Default("schedulerName", "default-scheduler");
        MirrorServiceAccount(spec);
        foreach (var container in spec.Items("initContainers").Concat(spec.Items("containers")))
        {
            ApplyToContainer(container, spec.IsTrue("hostNetwork"));
        }

        foreach (var volume in spec.Items("volumes"))
        {
            ApplyToVolume(volume);
        }
    }

    // serviceAccount is the old name of serviceAccountName: both say the same.
    private static void MirrorServiceAccount(JsonObject spec)
    {
        if ((spec.Text("serviceAccountName") ?? spec.Text("serviceAccount")) is { Length: > 0 } account)
        {
            spec["serviceAccountName"] = account;
            spec["serviceAccount"] = account;
        }
    }

    private static void ApplyToContainer(JsonObject container, bool hostNetwork)
    {
        container.Default("terminationMessagePath", "/dev/termination-log");
        container.Default("terminationMessagePolicy", "File");
        container.Default("imagePullPolicy", IsMovingTag(container.Text("image") ?? "") ? "Always" : "IfNotPresent");
        container.Default("resources", new JsonObject());
        foreach (var port in container.Items("ports"))
        {
            port.Default("protocol", "TCP");
            if (hostNetwork)
            {
                port.Default("hostPort", port["containerPort"]?.DeepClone());
            }
        }

        foreach (var variable in container.Items("env"))
        {
            variable.Child("valueFrom").Child("fieldRef")?.Default("apiVersion", "v1");
        }

        RequestWhatIsLimited(container.Ensure("resources"));
        foreach (var probe in new[] { "livenessProbe", "readinessProbe", "startupProbe" })
        {
            ApplyToProbe(container.Child(probe));
        }

        ApplyToHttpGet(container.Child("lifecycle").Child("postStart").Child("httpGet"));
        ApplyToHttpGet(container.Child("lifecycle").Child("preStop").Child("httpGet"));
    }

    // No tag means :latest; a digest never moves.
    private static bool IsMovingTag(string image)
    {
        if (image.Contains('@', StringComparison.Ordinal))
        {
            return false;
        }

        var name = image[(image.LastIndexOf('/') + 1)..];
        var colon = name.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 || name[(colon + 1)..] == "latest";
    }

    private static void RequestWhatIsLimited(JsonObject resources)
    {
        foreach (var (name, limit) in resources.Child("limits") ?? [])
        {
            resources.Ensure("requests").Default(name, limit?.DeepClone());
        }
    }

    private static void ApplyToProbe(JsonObject? probe)
    {
        if (probe is null)
        {
            return;
        }

        probe.Default("timeoutSeconds", 1);
        probe.Default("periodSeconds", 10);
        probe.Default("successThreshold", 1);
        probe.Default("failureThreshold", 3);
        probe.Child("grpc")?.Default("service", "");
        ApplyToHttpGet(probe.Child("httpGet"));
    }

    private static void ApplyToHttpGet(JsonObject? action)
    {
        action?.Default("path", "/");
        action?.Default("scheme", "HTTP");
    }

    private static void ApplyToVolume(JsonObject volume)
    {
        if (volume.Count == 1)
        {
            volume["emptyDir"] = new JsonObject();
        }

        foreach (var source in new[] { "configMap", "secret", "downwardAPI", "projected" })
        {
            volume.Child(source)?.Default("defaultMode", FileMode);
        }

        volume.Child("hostPath")?.Default("type", "");
        ApplyToDownward(volume.Child("downwardAPI"));
        foreach (var source in volume.Child("projected").Items("sources"))
        {
            source.Child("serviceAccountToken")?.Default("expirationSeconds", TokenSeconds);
            ApplyToDownward(source.Child("downwardAPI"));
        }
    }

    private static void ApplyToDownward(JsonObject? source)
    {
        foreach (var item in source.Items("items"))
        {
            item.Child("fieldRef")?.Default("apiVersion", "v1");
        }
    }
}

using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Tests.Controllers;

/// <summary>Objects as the API server would hand them out, with only what a test is about.</summary>
internal static class Sample
{
    public static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static Dictionary<string, string> Labels(params string[] labels) =>
        labels.Select(label => label.Split('=', 2)).ToDictionary(parts => parts[0], parts => parts.Length > 1 ? parts[1] : "");

    public static ObjectMeta Meta(string name, params string[] labels) => new()
    {
        Name = name,
        Namespace = "default",
        Uid = "uid-" + name,
        ResourceVersion = "1",
        Generation = 1,
        CreationTimestamp = Now,
        Labels = Labels(labels),
    };

    public static PodTemplateSpec Template(string image, params string[] labels) => new()
    {
        Metadata = new ObjectMeta { Labels = Labels(labels) },
        Spec = new PodSpec { Containers = [new Container { Name = "app", Image = image }] },
    };

    public static Deployment Deployment(int replicas, string image = "app:1", DeploymentStrategy? strategy = null) => new()
    {
        Metadata = Meta("web"),
        Spec = new DeploymentSpec
        {
            Replicas = replicas,
            Selector = new LabelSelector { MatchLabels = Labels("app=web") },
            Template = Template(image, "app=web"),
            Strategy = strategy,
            RevisionHistoryLimit = 10,
            ProgressDeadlineSeconds = 600,
        },
    };

    public static DeploymentStrategy Rolling(IntOrString surge, IntOrString unavailable) => new()
    {
        Type = "RollingUpdate",
        RollingUpdate = new RollingUpdateDeployment { MaxSurge = surge, MaxUnavailable = unavailable },
    };

    public static Pod Pod(string name, string? node = null, bool ready = false, string? phase = null, params string[] labels) => new()
    {
        Metadata = Meta(name, labels),
        Spec = new PodSpec { NodeName = node, Containers = [new Container { Name = "app" }] },
        Status = new PodStatus
        {
            Phase = phase ?? (ready ? "Running" : "Pending"),
            Conditions = [new Condition { Type = "Ready", Status = ready ? "True" : "False", LastTransitionTime = Now.AddMinutes(-1) }],
        },
    };
}

using Mizzen.Development;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Tests.Development;

public sealed class DevelopmentPodTests
{
    private static readonly DevelopmentProgram Program = new(
        ["sh", "-c", "echo $(date) $HOME"], "/home/me/shop", new Dictionary<string, string> { ["COLOR"] = "$(RED)" });

    private static readonly Container App = new()
    {
        Name = "app",
        Image = "shop/cart:1",
        Command = ["cart"],
        Args = ["--fast"],
        Ports = [new ContainerPort { Port = 3000 }],
        Env = [new EnvVar { Name = "COLOR", Value = "blue" }, new EnvVar { Name = "SIZE", Value = "L" }],
        LivenessProbe = new Probe { TcpSocket = new TcpSocketAction { Port = 3000 } },
        StartupProbe = new Probe { TcpSocket = new TcpSocketAction { Port = 3000 } },
        VolumeMounts = [new VolumeMount { Name = "data", MountPath = "/data" }],
    };

    private static readonly Container Cache = new() { Name = "cache", Image = "shop/cache:1" };

    [Fact]
    public void It_is_the_workloads_pod_with_the_program_in_one_container()
    {
        var pod = DevelopmentPod.Of(DeploymentOf(App), "cart-dev-x", null, Program);

        Assert.Equal(("cart-dev-x", "Never"), (pod.Metadata.Name, pod.Spec!.RestartPolicy));
        // No ReplicaSet may take it for one of its own.
        Assert.Equal(new Dictionary<string, string> { ["app"] = "cart" }, pod.Metadata.Labels);
        var container = Assert.Single(pod.Spec.Containers!);
        Assert.Equal((DevelopmentPod.Image, "/home/me/shop"), (container.Image, container.WorkingDir));
        Assert.Equal(App.VolumeMounts, container.VolumeMounts);
        Assert.Equal((null, null, null), (container.Args, container.LivenessProbe, container.StartupProbe));
        Assert.Equal(3000, container.ReadinessProbe!.TcpSocket!.Port.Number);
    }

    [Fact]
    public void Words_and_values_of_the_user_are_taken_as_they_are_and_win()
    {
        var container = DevelopmentPod.Of(DeploymentOf(App), "cart-dev-x", null, Program).Spec!.Containers![0];

        Assert.Equal(["sh", "-c", "echo $$(date) $HOME"], container.Command);
        Assert.Equal([("SIZE", "L"), ("COLOR", "$$(RED)")], container.Env!.Select(variable => (variable.Name, variable.Value!)));
    }

    [Theory]
    [InlineData(null, null, "several containers; say which one with --container: app, cache")]
    [InlineData("cash", null, "has no container cash; it has: app, cache")]
    [InlineData("cache", null, "cache")]
    [InlineData(null, "cache", "cache")]
    [InlineData("app", "cache", "app")]
    public void The_container_is_the_named_one_or_the_templates_default(string? named, string? byDefault, string expected)
    {
        var deployment = DeploymentOf(byDefault, App, Cache);
        string Replaced()
        {
            try
            {
                return DevelopmentPod.Of(deployment, "cart-dev-x", named, Program).Spec!.Containers!.Single(container => container.Image == DevelopmentPod.Image).Name;
            }
            catch (UserErrorException error)
            {
                return error.Message;
            }
        }

        Assert.EndsWith(expected, Replaced(), StringComparison.Ordinal);
    }

    private static Deployment DeploymentOf(params Container[] containers) => DeploymentOf(null, containers);

    private static Deployment DeploymentOf(string? byDefault, params Container[] containers) => new()
    {
        Metadata = new ObjectMeta { Namespace = "shop", Name = "cart" },
        Spec = new DeploymentSpec
        {
            Template = new PodTemplateSpec
            {
                Metadata = new ObjectMeta
                {
                    Labels = new Dictionary<string, string> { ["app"] = "cart", ["pod-template-hash"] = "5d8" },
                    Annotations = byDefault is null ? null : new Dictionary<string, string> { ["kubectl.kubernetes.io/default-container"] = byDefault },
                },
                Spec = new PodSpec { Containers = containers, RestartPolicy = "Always" },
            },
        },
    };
}

using Mizzen.Cluster.Node;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Tests.Node;

public sealed class ContainerEnvironmentTests
{
    private static readonly Dictionary<string, string> Values = new() { ["A"] = "1", ["B.C"] = "2" };

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("$(A)", "1")]
    [InlineData("x$(A)y$(B.C)z", "x1y2z")]
    [InlineData("$(UNKNOWN)", "$(UNKNOWN)")]
    [InlineData("$$(A)", "$(A)")]
    [InlineData("$A ${A} $(", "$A ${A} $(")]
    public void References_become_values(string text, string expanded) => Assert.Equal(expanded, ContainerEnvironment.Expand(text, Values));

    [Theory]
    [InlineData("limits.cpu", "250m", null, "1")]
    [InlineData("limits.cpu", "250m", "1m", "250")]
    [InlineData("limits.cpu", "2", "0", "2")]
    [InlineData("limits.memory", "128Mi", null, "134217728")]
    [InlineData("limits.memory", "128Mi", "1Mi", "128")]
    [InlineData("requests.memory", "1G", "1M", "1000")]
    public void Amounts_are_told_in_units_of_the_divisor_rounded_up(string resource, string amount, string? divisor, string told)
    {
        var amounts = new Dictionary<string, IntOrString> { [resource.Split('.')[1]] = amount };
        var container = new Container { Name = "main", Resources = new ResourceRequirements { Limits = amounts, Requests = amounts } };

        Assert.Equal(told, ContainerEnvironment.Resource(new ResourceFieldSelector { Resource = resource, Divisor = divisor }, container));
    }

    [Theory]
    [InlineData(null, null, null, null, "BestEffort")]
    [InlineData("1", null, null, null, "Burstable")]
    [InlineData("1", "1", "1Gi", "1Gi", "Guaranteed")]
    [InlineData(null, "1", null, "1Gi", "Guaranteed")]
    [InlineData("1", "2", "1Gi", "1Gi", "Burstable")]
    [InlineData("1", "1", null, null, "Burstable")]
    public void The_class_of_a_pod_follows_from_what_it_asks_for(string? cpu, string? cpuLimit, string? memory, string? memoryLimit, string expected)
    {
        var resources = new ResourceRequirements { Requests = Amounts(cpu, memory), Limits = Amounts(cpuLimit, memoryLimit) };
        var pod = new Pod { Metadata = new ObjectMeta(), Spec = new PodSpec { Containers = [new Container { Name = "main", Resources = resources }] } };

        Assert.Equal(expected, QualityOfService.Of(pod));
    }

    private static Dictionary<string, IntOrString> Amounts(string? cpu, string? memory) =>
        new (string Name, string? Amount)[] { ("cpu", cpu), ("memory", memory) }.Where(entry => entry.Amount is not null).ToDictionary(entry => entry.Name, entry => (IntOrString)entry.Amount!);
}

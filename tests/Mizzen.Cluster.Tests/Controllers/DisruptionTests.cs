using Mizzen.Testing;

namespace Mizzen.Cluster.Tests.Controllers;

/// <summary>Disruption budgets as kubectl makes, shows and meets them.</summary>
public sealed class DisruptionTests(RunningControllers cluster) : IClassFixture<RunningControllers>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_eviction_waits_until_the_budget_allows_it()
    {
        var ns = await cluster.NamespaceAsync("budget");
        await cluster.KubectlAsync($"-n {ns} create deployment web --image=sample/web --replicas=2");
        await cluster.KubectlAsync($"-n {ns} rollout status deployment/web --timeout=30s");
        Assert.Equal("poddisruptionbudget.policy/web created\n", await cluster.KubectlAsync($"-n {ns} create pdb web --selector=app=web --min-available=2"));
        await EventuallyAllowedAsync(ns, "0");
        Assert.Equal(["web", "2", "N/A", "0"], (await cluster.KubectlAsync($"-n {ns} get pdb --no-headers")).Split(' ', StringSplitOptions.RemoveEmptyEntries)[..4]);

        var node = (await cluster.KubectlAsync($"-n {ns} get pods -o jsonpath={{.items[0].spec.nodeName}}")).Trim();
        var (code, _, errors) = await cluster.TryKubectlAsync($"drain {node} --ignore-daemonsets --pod-selector=app=web --timeout=2s");
        Assert.Equal(1, code);
        Assert.Contains("(will retry after 5s): Cannot evict pod as it would violate the pod's disruption budget.", errors, StringComparison.Ordinal);

        await cluster.KubectlAsync($"-n {ns} scale deployment/web --replicas=3");
        await EventuallyAllowedAsync(ns, "1");
        await cluster.KubectlAsync($"drain {node} --ignore-daemonsets --pod-selector=app=web --timeout=60s");
        await cluster.KubectlAsync($"-n {ns} rollout status deployment/web --timeout=30s");
        await EventuallyAllowedAsync(ns, "1");
        await cluster.KubectlAsync($"uncordon {node}");
        await cluster.KubectlAsync($"delete namespace {ns}");
    }

    [Theory]
    [InlineData("{minAvailable: 1, maxUnavailable: 1}", "minAvailable and maxUnavailable cannot be both set")]
    [InlineData("{minAvailable: most}", "spec.minAvailable: Invalid value: \"most\": a valid percent string must be")]
    [InlineData("{maxUnavailable: 101%}", "spec.maxUnavailable: Invalid value: \"101%\": must not be greater than 100%")]
    [InlineData("{maxUnavailable: -1}", "spec.maxUnavailable: Invalid value: -1: must be greater than or equal to 0")]
    public async Task A_budget_that_means_nothing_is_refused(string spec, string problem)
    {
        var (code, _, errors) = await cluster.TryKubectlAsync("apply -f -", $"apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: x}}\nspec: {spec}\n");
        Assert.Equal(1, code);
        Assert.Contains(problem, errors, StringComparison.Ordinal);
    }

    private Task EventuallyAllowedAsync(string ns, string number) => Eventually.HoldsAsync(
        async () => await cluster.KubectlAsync($"-n {ns} get pdb web -o jsonpath={{.status.disruptionsAllowed}}") == number, $"{number} may go", Token);
}

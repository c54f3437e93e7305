namespace Mizzen.Cluster.Tests.ApiServers;

/// <summary>Kinds that a local cluster does without: an unmodified kubectl hears that there are none, why, and what to use instead.</summary>
public sealed class AbsentKindTests(RunningApiServer api) : IClassFixture<RunningApiServer>
{
    [Theory]
    [InlineData("create cronjob c --image=a --schedule=@hourly -- true", null, "a local cluster has no CronJob: make a Job when it is time: kubectl create job")]
    [InlineData("apply -f -", "---\n{apiVersion: batch/v1, kind: CronJob, metadata: {name: c}, spec: {schedule: '* * * * *'} }", "a local cluster has no CronJob")]
    [InlineData("apply --server-side -f -", "---\n{apiVersion: batch/v1, kind: CronJob, metadata: {name: c}, spec: {} }", "a local cluster has no CronJob")]
    [InlineData("create -f -", "---\n{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: c}, spec: {} }", "say how many pods there are: kubectl scale")]
    [InlineData("apply -f -", "---\n{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c}, spec: {} }", "volumes are emptyDir, configMap, secret, projected, downwardAPI or hostPath")]
    [InlineData("apply -f -", "---\n{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: c}, spec: {} }", "an AuthorizationPolicy says who may call whom")]
    [InlineData("create quota q --hard=pods=1", null, "a local cluster has no ResourceQuota")]
    [InlineData("create priorityclass p --value=1", null, "a local cluster has no PriorityClass")]
    public async Task Making_one_is_refused(string command, string? yaml, string message)
    {
        var (code, _, errors) = await api.RunKubectlAsync(command, yaml);

        Assert.Equal(1, code);
        Assert.Contains(message, errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("get cronjobs")]
    [InlineData("get pvc,hpa,quota,netpol,cj")]
    [InlineData("get pv,sc,pc")]
    public async Task There_are_none(string command) =>
        Assert.Contains("No resources found", (await api.RunKubectlAsync(command)).Errors, StringComparison.Ordinal);

    [Fact]
    public async Task What_is_pruned_by_default_can_be()
    {
        const string Map = "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: NAME, labels: {prune: me} } }";
        await api.KubectlAsync("apply -f -", Map.Replace("NAME", "old", StringComparison.Ordinal));

        var pruned = await api.KubectlAsync("apply --prune -l prune=me -f -", Map.Replace("NAME", "new", StringComparison.Ordinal));

        Assert.Equal("configmap/new created\nconfigmap/old pruned\n", pruned);
    }

    [Fact]
    public async Task Everything_is_shown_once_and_without_warnings()
    {
        await api.KubectlAsync("create deployment shown --image=a");

        var (_, output, errors) = await api.RunKubectlAsync("get all");

        Assert.Equal(1, output.Split('\n').Count(line => line.StartsWith("deployment.apps/shown ", StringComparison.Ordinal)));
        Assert.Equal("", errors);
    }
}

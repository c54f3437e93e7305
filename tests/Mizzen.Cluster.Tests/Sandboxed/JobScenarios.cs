using Mizzen.Testing.Sandbox;

namespace Mizzen.Cluster.Tests.Sandboxed;

public sealed class JobScenarios
{
    [SandboxedFact]
    public async Task A_job_runs_to_its_end()
    {
        await using var cluster = await RunningCluster.StartAsync();
        await cluster.Api.KubectlAsync("create job hello --image=shell -- /bin/sh -c \"echo hi\"");
        await cluster.Api.KubectlAsync("wait --for=condition=complete job/hello --timeout=30s");
        Assert.Equal("hi\n", await cluster.Api.KubectlAsync("logs job/hello"));
        Assert.Contains("Complete", await cluster.Api.KubectlAsync("get job hello"), StringComparison.Ordinal);
    }

    [SandboxedFact]
    public async Task A_job_that_fails_too_often_is_given_up()
    {
        await using var cluster = await RunningCluster.StartAsync();
        await cluster.ApplyAsync("""
            apiVersion: batch/v1
            kind: Job
            metadata: {name: broken}
            spec:
              backoffLimit: 0
              template: {spec: {restartPolicy: Never, containers: [{name: main, image: shell, args: [exit 3]}]}}
            """);
        await cluster.Api.KubectlAsync("wait --for=condition=failed job/broken --timeout=30s");
        Assert.Contains("Job has reached the specified backoff limit", await cluster.Api.KubectlAsync("describe job broken"), StringComparison.Ordinal);
    }
}

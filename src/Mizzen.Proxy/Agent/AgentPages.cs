using Mizzen.Proxy.Admin;

namespace Mizzen.Proxy.Agent;

/// <summary>What port 15020 answers (Istio's agent): merged metrics, readiness, the application's probes, the end.</summary>
internal sealed class AgentPages(ProxyState state, AppProbes probes, AppMetrics metrics)
{
    private const string Known = "/stats/prometheus, /healthz/ready, /app-health/CONTAINER/{readyz,livez,startupz}, /quitquitquit";

    public async Task<AdminResponse> AnswerAsync(string method, string target, CancellationToken cancellationToken)
    {
        var path = target.Split('?')[0];
        switch (path)
        {
            case "/stats/prometheus" or "/metrics":
                return await metrics.MergeAsync(state, cancellationToken);
            case "/healthz/ready":
                return ReadinessHandler.Answer(state);
            case "/quitquitquit":
                return Quit(method, target);
            default:
                return path.StartsWith("/app-health/", StringComparison.Ordinal)
                    ? await probes.AnswerAsync(path, cancellationToken)
                    : AdminText.NotFound(path, Known);
        }
    }

    private AdminResponse Quit(string method, string target)
    {
        if (method != "POST")
        {
            return AdminText.WrongMethod(method, target, "POST");
        }

        state.Quit();
        return AdminText.Plain(200, "OK\n");
    }
}

using System.Globalization;
using Envoy.Config.Route.V3;
using Envoy.Extensions.Retry.Host.PreviousHosts.V3;
using Envoy.Extensions.Retry.Priority.PreviousPriorities.V3;
using Mizzen.Resources.Fields;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Translation;

/// <summary>Retries with Istio's defaults: two, for failures before an answer; what an app answers is not tried again unless a rule says so.</summary>
internal static class Retries
{
    private const string DefaultOn = "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes";
    private const uint DefaultAttempts = 2;
    private const long HostSelectionAttempts = 5;

    /// <summary>What a server's own proxy tries again: the workload closed a connection before it had seen the request.</summary>
    public static RetryPolicy Inbound => new() { RetryOn = "reset-before-request", NumRetries = DefaultAttempts };

    /// <param name="rule">What the route says; null takes the mesh's default.</param>
    /// <param name="mesh">The mesh's default; null takes Istio's.</param>
    /// <returns>Null when retries are switched off.</returns>
    public static RetryPolicy? Of(HTTPRetry? rule, HTTPRetry? mesh)
    {
        var settings = rule ?? mesh;
        if (settings is null)
        {
            return WithHostSelection(new RetryPolicy { RetryOn = DefaultOn, NumRetries = DefaultAttempts });
        }

        if (settings.Attempts is null or <= 0)
        {
            return null;
        }

        var policy = new RetryPolicy { NumRetries = (uint)settings.Attempts.Value };
        SetConditions(policy, settings.RetryOn);
        if (GoDuration.Parse(settings.PerTryTimeout) is { } timeout && timeout > TimeSpan.Zero)
        {
            policy.PerTryTimeout = Messages.Of(timeout);
        }

        if (GoDuration.Parse(settings.Backoff) is { } backoff && backoff > TimeSpan.Zero)
        {
            policy.RetryBackOff = new RetryPolicy.Types.RetryBackOff { BaseInterval = Messages.Of(backoff) };
        }

        if (settings.RetryRemoteLocalities == true)
        {
            policy.RetryPriority = new RetryPolicy.Types.RetryPriority
            {
                Name = EnvoyNames.PreviousPriorities,
                TypedConfig = Messages.Pack(new PreviousPrioritiesConfig { UpdateFrequency = 2 }),
            };
        }

        return settings.RetryIgnorePreviousHosts == false ? policy : WithHostSelection(policy);
    }

    private static RetryPolicy WithHostSelection(RetryPolicy policy)
    {
        policy.RetryHostPredicate.Add(new RetryPolicy.Types.RetryHostPredicate
        {
            Name = EnvoyNames.PreviousHosts,
            TypedConfig = Messages.Pack(new PreviousHostsPredicate()),
        });
        policy.HostSelectionRetryMaxAttempts = HostSelectionAttempts;
        return policy;
    }

    /// <summary>Numbers among the words are status codes.</summary>
    private static void SetConditions(RetryPolicy policy, string? text)
    {
        var words = (string.IsNullOrWhiteSpace(text) ? DefaultOn : text)
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToList();
        foreach (var word in words)
        {
            if (uint.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var status))
            {
                policy.RetriableStatusCodes.Add(status);
            }
        }

        words.RemoveAll(word => char.IsAsciiDigit(word[0]) && word != "5xx");
        if (policy.RetriableStatusCodes.Count > 0 && !words.Contains("retriable-status-codes"))
        {
            words.Add("retriable-status-codes");
        }

        policy.RetryOn = string.Join(',', words);
    }
}

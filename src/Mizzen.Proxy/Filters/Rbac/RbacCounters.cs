using System.Text.Json;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Filters.Rbac;

/// <summary>The counters of one RBAC filter, under Envoy's names, and the words that it passes on.</summary>
internal sealed class RbacCounters
{
    /// <summary>Response code details of a request that no ALLOW policy lets pass.</summary>
    public const string NothingMatched = "rbac_access_denied_matched_policy[none]";

    private RbacCounters(Func<string, CounterKey> counter, RbacModel model)
    {
        Allowed = counter($"rbac.{model.StatPrefix}allowed");
        Denied = counter($"rbac.{model.StatPrefix}denied");
        Logged = counter($"rbac.{model.StatPrefix}logged");
        NotLogged = counter($"rbac.{model.StatPrefix}not_logged");
        ShadowAllowed = counter($"rbac.{model.ShadowPrefix}shadow_allowed");
        ShadowDenied = counter($"rbac.{model.ShadowPrefix}shadow_denied");
        ShadowResultKey = $"{model.ShadowPrefix}shadow_engine_result";
        ShadowPolicyKey = $"{model.ShadowPrefix}shadow_effective_policy_id";
    }

    public static MetadataValue AllowedResult { get; } = MetadataValue.Of("allowed");

    public static MetadataValue DeniedResult { get; } = MetadataValue.Of("denied");

    public static MetadataValue Yes { get; } = MetadataValue.Of(JsonDocument.Parse("true").RootElement);

    public static MetadataValue No { get; } = MetadataValue.Of(JsonDocument.Parse("false").RootElement);

    public CounterKey Allowed { get; }

    public CounterKey Denied { get; }

    public CounterKey Logged { get; }

    public CounterKey NotLogged { get; }

    public CounterKey ShadowAllowed { get; }

    public CounterKey ShadowDenied { get; }

    public string ShadowResultKey { get; }

    public string ShadowPolicyKey { get; }

    public static RbacCounters Http(string statPrefix, RbacModel model) => new(rest => CounterKey.Http(statPrefix, rest), model);

    /// <summary>A network filter's prefix is its own (Istio's is <c>tcp.</c>).</summary>
    public static RbacCounters Network(RbacModel model) => new(rest => CounterKey.Plain(model.StatPrefix + rest), model with { StatPrefix = "" });
}

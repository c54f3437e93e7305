using System.Text;
using Envoy.Config.Core.V3;
using Envoy.Config.Route.V3;
using Envoy.Type.Matcher.V3;
using Google.Protobuf;
using Mizzen.Resources.Fields;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Translation;

/// <summary>What a rule does with requests: answer, redirect or forward.</summary>
internal static class RouteActions
{
    private const int DefaultHttpPort = 80;
    private const int DefaultHttpsPort = 443;

    public static void Set(Route message, HTTPRoute rule, RouteScope scope)
    {
        if (rule.Redirect is { } redirect)
        {
            message.Redirect = Redirect(redirect, scope);
        }
        else if (rule.DirectResponse is { } direct)
        {
            message.DirectResponse = Direct(direct);
        }
        else
        {
            message.Route_ = Forward(message, rule, scope);
        }
    }

    /// <summary>To one cluster, with Istio's defaults.</summary>
    public static RouteAction To(string cluster, RouteScope scope)
    {
        var action = Unlimited();
        action.Cluster = cluster;
        action.RetryPolicy = Retries.Of(null, scope.Mesh.DefaultHttpRetryPolicy);
        return action;
    }

    /// <summary>No timeout of its own, for gRPC neither.</summary>
    public static RouteAction Unlimited() => new()
    {
        Timeout = Messages.Zero,
        MaxStreamDuration = new RouteAction.Types.MaxStreamDuration { MaxStreamDuration_ = Messages.Zero, GrpcTimeoutHeaderMax = Messages.Zero },
    };

    private static RouteAction Forward(Route message, HTTPRoute rule, RouteScope scope)
    {
        var action = Unlimited();
        if (GoDuration.Parse(rule.Timeout) is { } timeout)
        {
            action.Timeout = Messages.Of(timeout);
            action.MaxStreamDuration.GrpcTimeoutHeaderMax = Messages.Of(timeout);
        }

        if (rule.IsGatewayApi)
        {
            action.ClusterNotFoundResponseCode = RouteAction.Types.ClusterNotFoundResponseCode.InternalServerError;
        }

        action.RetryPolicy = Retries.Of(rule.Retries, scope.Mesh.DefaultHttpRetryPolicy);
        SetRewrite(action, rule);
        SetDestinations(action, message, rule, scope);
        HashPolicies.Add(action, [.. (rule.Route ?? []).Select(route => scope.HashOf(route.Destination ?? new Destination()))]);
        foreach (var mirror in MirrorsOf(rule))
        {
            action.RequestMirrorPolicies.Add(Mirror(mirror, scope));
        }

        return action;
    }

    private static void SetRewrite(RouteAction action, HTTPRoute rule)
    {
        if (rule.Rewrite?.UriRegexRewrite is { } regex)
        {
            action.RegexRewrite = new RegexMatchAndSubstitute { Pattern = new RegexMatcher { Regex = regex.Match ?? "" }, Substitution = regex.Rewrite ?? "" };
        }
        else if (rule.Rewrite?.Uri is { Length: > 0 } uri)
        {
            action.PrefixRewrite = uri;
        }

        var authority = rule.Rewrite?.Authority is { Length: > 0 } written ? written : HeaderOptions.Authority(rule.Headers?.Request);
        if (authority is { Length: > 0 })
        {
            action.HostRewriteLiteral = authority;
        }
    }

    private static void SetDestinations(RouteAction action, Route message, HTTPRoute rule, RouteScope scope)
    {
        var routes = rule.Route ?? [];
        if (routes is [var only])
        {
            action.Cluster = scope.ClusterOf(only.Destination ?? new Destination());
            message.RequestHeadersToAdd.Add(HeaderOptions.ToAdd(only.Headers?.Request));
            message.RequestHeadersToRemove.Add(HeaderOptions.ToRemove(only.Headers?.Request));
            message.ResponseHeadersToAdd.Add(HeaderOptions.ToAdd(only.Headers?.Response));
            message.ResponseHeadersToRemove.Add(HeaderOptions.ToRemove(only.Headers?.Response));
            if (!action.HasHostRewriteLiteral && HeaderOptions.Authority(only.Headers?.Request) is { } authority)
            {
                action.HostRewriteLiteral = authority;
            }

            return;
        }

        action.WeightedClusters = new WeightedCluster();
        foreach (var route in routes.Where(route => route.Weight is > 0))
        {
            action.WeightedClusters.Clusters.Add(Weighted(route, scope));
        }
    }

    private static WeightedCluster.Types.ClusterWeight Weighted(HTTPRouteDestination route, RouteScope scope)
    {
        var message = new WeightedCluster.Types.ClusterWeight
        {
            Name = scope.ClusterOf(route.Destination ?? new Destination()),
            Weight = (uint)route.Weight!.Value,
            RequestHeadersToAdd = { HeaderOptions.ToAdd(route.Headers?.Request) },
            RequestHeadersToRemove = { HeaderOptions.ToRemove(route.Headers?.Request) },
            ResponseHeadersToAdd = { HeaderOptions.ToAdd(route.Headers?.Response) },
            ResponseHeadersToRemove = { HeaderOptions.ToRemove(route.Headers?.Response) },
        };
        if (HeaderOptions.Authority(route.Headers?.Request) is { } authority)
        {
            message.HostRewriteLiteral = authority;
        }

        return message;
    }

    private static IEnumerable<HTTPMirrorPolicy> MirrorsOf(HTTPRoute rule)
    {
        if (rule.Mirror is { } mirror)
        {
            var share = rule.MirrorPercentage ?? (rule.MirrorPercent is { } percent ? new Percent { Value = percent } : null);
            return Kept([new HTTPMirrorPolicy { Destination = mirror, Percentage = share }]);
        }

        return Kept(rule.Mirrors ?? []);

        static IEnumerable<HTTPMirrorPolicy> Kept(IEnumerable<HTTPMirrorPolicy> mirrors) =>
            mirrors.Where(entry => entry.Destination is not null && entry.Percentage?.Value is null or > 0);
    }

    private static RouteAction.Types.RequestMirrorPolicy Mirror(HTTPMirrorPolicy mirror, RouteScope scope) => new()
    {
        Cluster = scope.ClusterOf(mirror.Destination!),
        RuntimeFraction = new RuntimeFractionalPercent { DefaultValue = Faults.Share(mirror.Percentage ?? new Percent { Value = 100 }, null) },
        TraceSampled = false,
        DisableShadowHostSuffixAppend = true,
    };

    private static RedirectAction Redirect(HTTPRedirect redirect, RouteScope scope)
    {
        var message = new RedirectAction
        {
            HostRedirect = redirect.Authority ?? "",
            ResponseCode = redirect.RedirectCode switch
            {
                302 => RedirectAction.Types.RedirectResponseCode.Found,
                303 => RedirectAction.Types.RedirectResponseCode.SeeOther,
                307 => RedirectAction.Types.RedirectResponseCode.TemporaryRedirect,
                308 => RedirectAction.Types.RedirectResponseCode.PermanentRedirect,
                _ => RedirectAction.Types.RedirectResponseCode.MovedPermanently,
            },
        };
        if (redirect.Uri is { Length: > 0 } uri)
        {
            message.PathRedirect = uri;
        }
        else if (redirect.PrefixRewrite is { Length: > 0 } prefix)
        {
            message.PrefixRewrite = prefix;
        }
        else if (redirect.UriRegexRewrite is { } regex)
        {
            message.RegexRewrite = new RegexMatchAndSubstitute { Pattern = new RegexMatcher { Regex = regex.Match ?? "" }, Substitution = regex.Rewrite ?? "" };
        }

        if (redirect.Scheme is { Length: > 0 } scheme)
        {
            message.SchemeRedirect = scheme;
        }

        message.PortRedirect = (uint)PortOf(redirect, scope);
        return message;
    }

    /// <summary>The scheme's own port is not written: 0 leaves it out.</summary>
    private static int PortOf(HTTPRedirect redirect, RouteScope scope)
    {
        var port = redirect.Port ?? (redirect.DerivePort == "FROM_REQUEST_PORT" ? scope.Port : 0);
        return redirect.Scheme switch
        {
            "http" when port == DefaultHttpPort => 0,
            "https" when port == DefaultHttpsPort => 0,
            null when redirect.OmitsOwnPort && port is DefaultHttpPort or DefaultHttpsPort => 0,
            _ => port,
        };
    }

    private static DirectResponseAction Direct(HTTPDirectResponse direct)
    {
        var message = new DirectResponseAction { Status = (uint)(direct.Status ?? 0) };
        if (direct.Body?.String is { } text)
        {
            message.Body = new DataSource { InlineBytes = ByteString.CopyFrom(text, Encoding.UTF8) };
        }
        else if (direct.Body?.Bytes is { } bytes)
        {
            message.Body = new DataSource { InlineBytes = ByteString.FromBase64(bytes) };
        }

        return message;
    }
}

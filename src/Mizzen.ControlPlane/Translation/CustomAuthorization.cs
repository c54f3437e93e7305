using System.Globalization;
using Envoy.Config.Core.V3;
using Envoy.Config.Rbac.V3;
using Envoy.Extensions.Filters.Http.ExtAuthz.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Envoy.Type.Matcher.V3;
using Envoy.Type.V3;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Fields;
using Mizzen.Resources.Mesh;
using Mizzen.Resources.Security;
using HttpRbac = Envoy.Extensions.Filters.Http.Rbac.V3.RBAC;

namespace Mizzen.ControlPlane.Translation;

/// <summary>
/// Policies with action CUSTOM: an RBAC filter whose shadow says which requests they are about, then the question to the provider. A
/// provider that is not there, or cannot be asked, refuses those requests.
/// </summary>
internal sealed class CustomAuthorization(IReadOnlyList<AuthorizationPolicy> policies, MeshSnapshot mesh)
{
    private const string ShadowPrefix = "istio_ext_authz_";
    private const string PolicyPrefix = "istio-ext-authz";
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(600);

    public IEnumerable<HttpFilter> Http()
    {
        foreach (var group in policies.Where(policy => policy.Spec?.Action == "CUSTOM").GroupBy(policy => policy.Spec?.Provider?.Name ?? "", StringComparer.Ordinal))
        {
            var prefix = $"{PolicyPrefix}-{group.Key}-";
            var question = Question(group.Key, prefix);
            var rules = Rules(group, question is null ? $"{PolicyPrefix}-deny-due-to-bad-CUSTOM-action-" : prefix);
            yield return new HttpFilter
            {
                Name = EnvoyNames.HttpRbac,
                TypedConfig = Messages.Pack(question is null
                    ? new HttpRbac { Rules = rules }
                    : new HttpRbac { ShadowRules = rules, ShadowRulesStatPrefix = ShadowPrefix }),
            };
            if (question is not null)
            {
                yield return new HttpFilter { Name = EnvoyNames.ExternalAuthorization, TypedConfig = Messages.Pack(question) };
            }
        }
    }

    private RBAC Rules(IEnumerable<AuthorizationPolicy> group, string prefix)
    {
        var rbac = new RBAC { Action = RBAC.Types.Action.Deny };
        foreach (var policy in group)
        {
            var rules = new AuthorizationRules(policy.Metadata.Namespace ?? "", new TrustDomains(mesh.Mesh), ofConnection: false, letsPass: false);
            for (var i = 0; i < (policy.Spec?.Rules?.Count ?? 0); i++)
            {
                if (rules.Of(policy.Spec!.Rules![i]) is { } made)
                {
                    rbac.Policies.Add($"{prefix}ns[{policy.Metadata.Namespace}]-policy[{policy.Metadata.Name}]-rule[{i}]", made);
                }
            }
        }

        return rbac;
    }

    private ExtAuthz? Question(string name, string prefix)
    {
        var provider = AuthorizationProviders.Find(mesh, name);
        if (provider is null || AuthorizationProviders.ServiceOf(mesh, provider) is not { } service)
        {
            return null;
        }

        var question = provider switch
        {
            { EnvoyExtAuthzHttp: { } http } => OverHttp(http, service),
            { EnvoyExtAuthzGrpc: { } grpc } => OverGrpc(grpc, service),
            _ => null,
        };
        if (question is not null)
        {
            question.FilterEnabledMetadata =
                ValueMatches.Metadata(EnvoyNames.HttpRbac, [ShadowPrefix + "shadow_effective_policy_id"], new StringMatcher { Prefix = prefix });
        }

        return question;
    }

    private static ExtAuthz OverHttp(EnvoyExternalAuthorizationHttpProvider provider, MeshService service) => new()
    {
        HttpService = Service(provider, service),
        FailureModeAllow = provider.FailOpen == true,
        StatusOnError = StatusOnError(provider.StatusOnError),
        WithRequestBody = Body(provider.IncludeRequestBodyInCheck),
        AllowedHeaders = Texts((provider.IncludeRequestHeadersInCheck ?? []).Concat(provider.IncludeHeadersInCheck ?? [])),
    };

    private static ExtAuthz OverGrpc(EnvoyExternalAuthorizationGrpcProvider provider, MeshService service) => new()
    {
        GrpcService = new GrpcService
        {
            EnvoyGrpc = new GrpcService.Types.EnvoyGrpc
            {
                ClusterName = EnvoyNames.Outbound(provider.Port ?? 0, null, service.Host),
                Authority = EnvoyNames.Outbound(provider.Port ?? 0, null, service.Host).Replace('|', '_'),
            },
            Timeout = Messages.Of(TimeoutOf(provider.Timeout)),
        },
        TransportApiVersion = ApiVersion.V3,
        FailureModeAllow = provider.FailOpen == true,
        ClearRouteCache = provider.ClearRouteCache == true,
        StatusOnError = StatusOnError(provider.StatusOnError),
        WithRequestBody = Body(provider.IncludeRequestBodyInCheck),
    };

    private static HttpStatus StatusOnError(string? text) => new() { Code = int.TryParse(text, CultureInfo.InvariantCulture, out var status) ? status : 403 };

    private static BufferSettings? Body(ExternalAuthorizationBody? body) => body?.MaxRequestBytes is > 0
        ? new BufferSettings { MaxRequestBytes = (uint)body.MaxRequestBytes, AllowPartialMessage = body.AllowPartialMessage == true, PackAsBytes = body.PackAsBytes == true }
        : null;

    private static TimeSpan TimeoutOf(string? text) => GoDuration.TryParse(text ?? "", out var timeout) ? timeout : DefaultTimeout;

    private static HttpService Service(EnvoyExternalAuthorizationHttpProvider provider, MeshService service)
    {
        var port = provider.Port ?? 0;
        return new HttpService
        {
            ServerUri = new HttpUri
            {
                Uri = string.Create(CultureInfo.InvariantCulture, $"http://{service.Host}:{port}"),
                Cluster = EnvoyNames.Outbound(port, null, service.Host),
                Timeout = Messages.Of(TimeoutOf(provider.Timeout)),
            },
            PathPrefix = provider.PathPrefix ?? "",
            AuthorizationRequest = new AuthorizationRequest
            {
                HeadersToAdd = { (provider.IncludeAdditionalHeadersInCheck ?? new Dictionary<string, string>()).Select(header => new HeaderValue { Key = header.Key, Value = header.Value }) },
            },
            AuthorizationResponse = new AuthorizationResponse
            {
                AllowedUpstreamHeaders = Texts(provider.HeadersToUpstreamOnAllow),
                AllowedClientHeadersOnSuccess = Texts(provider.HeadersToDownstreamOnAllow),
                AllowedClientHeaders = Texts(provider.HeadersToDownstreamOnDeny),
            },
        };
    }

    private static ListStringMatcher? Texts(IEnumerable<string>? names) =>
        names?.ToList() is { Count: > 0 } list ? new ListStringMatcher { Patterns = { list.Select(name => ValueMatches.Text(name, ignoreCase: true)) } } : null;
}

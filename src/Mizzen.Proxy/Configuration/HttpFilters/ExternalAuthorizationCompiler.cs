using Envoy.Config.Core.V3;
using Envoy.Extensions.Filters.Http.ExtAuthz.V3;
using Envoy.Type.Matcher.V3;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Configuration.HttpFilters;

/// <summary>ExtAuthz messages.</summary>
internal static class ExternalAuthorizationCompiler
{
    private const long DefaultTimeout = 200;
    private const int MostBody = 16 * 1024 * 1024;

    public static FilterKind Kind { get; } = new FilterKind<ExtAuthz, ExtAuthzPerRoute>
    {
        Name = "envoy.filters.http.ext_authz",
        Listener = Compile,
        Route = static (message, _) => message.OverrideCase == ExtAuthzPerRoute.OverrideOneofCase.CheckSettings
            ? new FilterOverride(new ExternalAuthorizationRouteModel(message.CheckSettings.DisableRequestBodyBuffering, new Dictionary<string, string>(message.CheckSettings.ContextExtensions)))
            : new FilterOverride(null, IsDisabled: message.Disabled),
    };

    private static ExternalAuthorizationModel? Compile(ExtAuthz message, Problems problems)
    {
        if (message.GrpcService is { } call)
        {
            return Grpc(message, call, problems);
        }

        if (message.HttpService is not { } service || string.IsNullOrEmpty(service.ServerUri?.Cluster))
        {
            problems.Add("http_service or grpc_service: needs a cluster to ask");
            return null;
        }

        var response = service.AuthorizationResponse;
        return Common(message, service.ServerUri.Cluster, problems) with
        {
            PathPrefix = Values.Utf8(service.PathPrefix),
            Timeout = Values.Milliseconds(service.ServerUri.Timeout, DefaultTimeout),
            ShownHeaders = [.. Texts(message.AllowedHeaders, problems), .. Texts(service.AuthorizationRequest?.AllowedHeaders, problems)],
            AddedHeaders = [.. (service.AuthorizationRequest?.HeadersToAdd ?? []).Select(header =>
                new HeaderAddition(Values.Utf8(header.Key.ToLowerInvariant()), Values.Utf8(header.Value), HeaderAppendAction.OverwriteIfExistsOrAdd))],
            UpstreamHeaders = Texts(response?.AllowedUpstreamHeaders, problems),
            UpstreamHeadersAppended = Texts(response?.AllowedUpstreamHeadersToAppend, problems),
            ClientHeaders = response?.AllowedClientHeaders is { } client ? Texts(client, problems) : null,
            ClientHeadersOnSuccess = Texts(response?.AllowedClientHeadersOnSuccess, problems),
        };
    }

    private static ExternalAuthorizationModel? Grpc(ExtAuthz message, GrpcService call, Problems problems)
    {
        if (string.IsNullOrEmpty(call.EnvoyGrpc?.ClusterName))
        {
            problems.Add("grpc_service: needs envoy_grpc with a cluster_name");
            return null;
        }

        if (message.IncludePeerCertificate || message.MetadataContextNamespaces.Count > 0)
        {
            problems.Add("include_peer_certificate and metadata_context_namespaces are not supported");
        }

        var cluster = call.EnvoyGrpc.ClusterName;
        return Common(message, cluster, problems) with
        {
            Timeout = Values.Milliseconds(call.Timeout, DefaultTimeout),
            ShownHeaders = Texts(message.AllowedHeaders, problems),
            Grpc = new GrpcAuthorizationModel
            {
                Authority = Values.Utf8(call.EnvoyGrpc.Authority.Length > 0 ? call.EnvoyGrpc.Authority : cluster),
                Metadata = [.. call.InitialMetadata.Select(header =>
                    new HeaderAddition(Values.Utf8(header.Key.ToLowerInvariant()), Values.Utf8(header.Value), HeaderAppendAction.OverwriteIfExistsOrAdd))],
                ShowsRawBody = message.WithRequestBody?.PackAsBytes ?? false,
                ShowsServerName = message.IncludeTlsSession,
            },
        };
    }

    private static ExternalAuthorizationModel Common(ExtAuthz message, string cluster, Problems problems) => new()
    {
        Cluster = ClusterKey.Of(cluster),
        FailureModeAllow = message.FailureModeAllow,
        FailureModeAllowHeader = message.FailureModeAllowHeaderAdd,
        StatusOnError = message.StatusOnError?.Code is >= 200 and <= 599 ? message.StatusOnError.Code : 403,
        BodyBytes = (int)Math.Min(MostBody, message.WithRequestBody?.MaxRequestBytes ?? 0),
        AllowPartialBody = message.WithRequestBody?.AllowPartialMessage ?? false,
        OnlyIf = message.FilterEnabledMetadata is { } only ? RbacCompiler.Metadata(only, problems) : null,
    };

    private static List<StringMatchModel> Texts(ListStringMatcher? message, Problems problems) =>
        [.. (message?.Patterns ?? []).Select(pattern => Values.Text(pattern, problems) with { IgnoreCase = true })];
}

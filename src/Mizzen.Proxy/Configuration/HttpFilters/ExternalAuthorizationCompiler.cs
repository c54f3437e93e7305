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
            ? new FilterOverride(new ExternalAuthorizationRouteModel(message.CheckSettings.DisableRequestBodyBuffering))
            : new FilterOverride(null, IsDisabled: message.Disabled),
    };

    private static ExternalAuthorizationModel? Compile(ExtAuthz message, Problems problems)
    {
        if (message.HttpService is not { } service || string.IsNullOrEmpty(service.ServerUri?.Cluster))
        {
            problems.Add("http_service: needs server_uri with a cluster (services over gRPC are not supported)");
            return null;
        }

        var response = service.AuthorizationResponse;
        return new ExternalAuthorizationModel
        {
            Cluster = ClusterKey.Of(service.ServerUri.Cluster),
            PathPrefix = Values.Utf8(service.PathPrefix),
            Timeout = Values.Milliseconds(service.ServerUri.Timeout, DefaultTimeout),
            FailureModeAllow = message.FailureModeAllow,
            FailureModeAllowHeader = message.FailureModeAllowHeaderAdd,
            StatusOnError = message.StatusOnError?.Code is >= 200 and <= 599 ? message.StatusOnError.Code : 403,
            BodyBytes = (int)Math.Min(MostBody, message.WithRequestBody?.MaxRequestBytes ?? 0),
            AllowPartialBody = message.WithRequestBody?.AllowPartialMessage ?? false,
            ShownHeaders = [.. Texts(message.AllowedHeaders, problems), .. Texts(service.AuthorizationRequest?.AllowedHeaders, problems)],
            AddedHeaders = [.. (service.AuthorizationRequest?.HeadersToAdd ?? []).Select(header =>
                new HeaderAddition(Values.Utf8(header.Key.ToLowerInvariant()), Values.Utf8(header.Value), HeaderAppendAction.OverwriteIfExistsOrAdd))],
            UpstreamHeaders = Texts(response?.AllowedUpstreamHeaders, problems),
            UpstreamHeadersAppended = Texts(response?.AllowedUpstreamHeadersToAppend, problems),
            ClientHeaders = response?.AllowedClientHeaders is { } client ? Texts(client, problems) : null,
            ClientHeadersOnSuccess = Texts(response?.AllowedClientHeadersOnSuccess, problems),
            OnlyIf = message.FilterEnabledMetadata is { } only ? RbacCompiler.Metadata(only, problems) : null,
        };
    }

    private static List<StringMatchModel> Texts(ListStringMatcher? message, Problems problems) =>
        [.. (message?.Patterns ?? []).Select(pattern => Values.Text(pattern, problems) with { IgnoreCase = true })];
}

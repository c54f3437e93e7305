using Envoy.Extensions.Filters.Http.HeaderMutation.V3;
using Google.Protobuf.Collections;
using Mizzen.Proxy.Runtime;
using Change = Envoy.Config.Common.MutationRules.V3.HeaderMutation;

namespace Mizzen.Proxy.Configuration.HttpFilters;

/// <summary>HeaderMutation messages; what routes say is done beside what the listener says.</summary>
internal static class HeaderMutationCompiler
{
    public static FilterKind Kind { get; } = new FilterKind<HeaderMutation, HeaderMutationPerRoute>
    {
        Name = "envoy.filters.http.header_mutation",
        Listener = static (message, _) => Compile(message.Mutations),
        Route = static (message, _) => new FilterOverride(Compile(message.Mutations)),
    };

    private static HeaderMutationModel Compile(Mutations? message) => new(Several(message?.RequestMutations), Several(message?.ResponseMutations));

    /// <summary>One by one, because their order matters.</summary>
    private static List<HeaderMutations> Several(RepeatedField<Change>? changes) =>
    [
        .. (changes ?? []).Select(change => change.ActionCase == Change.ActionOneofCase.Append
            ? Values.Headers([change.Append], [])
            : Values.Headers([], [change.Remove])),
    ];
}

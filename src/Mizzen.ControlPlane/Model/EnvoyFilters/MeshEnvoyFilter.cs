using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Model.EnvoyFilters;

/// <summary>An EnvoyFilter whose patches are read. Those that ask for what this proxy lacks are left out, and named.</summary>
internal sealed class MeshEnvoyFilter
{
    private readonly List<EnvoyPatch> _patches = [];
    private readonly List<Problem> _problems = [];

    private MeshEnvoyFilter(EnvoyFilter resource)
    {
        Resource = resource;
        Key = new ResourceKey("networking.istio.io", nameof(EnvoyFilter), resource.Metadata.Namespace, resource.Metadata.Name ?? "");
    }

    public EnvoyFilter Resource { get; }

    public ResourceKey Key { get; }

    public string Namespace => Resource.Metadata.Namespace ?? "";

    public IReadOnlyList<EnvoyPatch> Patches => _patches;

    public IReadOnlyList<Problem> Problems => _problems;

    public static MeshEnvoyFilter Of(EnvoyFilter resource)
    {
        var made = new MeshEnvoyFilter(resource);
        var patches = resource.Spec?.ConfigPatches ?? [];
        for (var i = 0; i < patches.Count; i++)
        {
            made.Read(patches[i], $"spec.configPatches[{i}]");
        }

        return made;
    }

    public bool Selects(ProxyView proxy, string rootNamespace) => (Namespace == rootNamespace || Namespace == proxy.Namespace)
        && WorkloadChoice.Includes(proxy, Namespace, rootNamespace, Resource.Spec?.TargetRefs ?? [], Resource.Spec?.WorkloadSelector?.Labels);

    private void Read(EnvoyConfigObjectPatch patch, string path)
    {
        var before = _problems.Count;
        var match = patch.Match ?? new EnvoyConfigObjectMatch();
        var place = PlaceOf(patch.ApplyTo, path);
        var operation = OperationOf(patch.Patch?.Operation, path);
        var context = ContextOf(match.Context, path);
        if (match.Listener?.PortName is { Length: > 0 })
        {
            Refuse(path + ".match.listener.portName", "listeners are not told by the names of ports here", "give portNumber");
        }

        if (place is null || operation is null || context is null)
        {
            return;
        }

        CheckPair(place.Value, operation.Value, path);
        var value = operation == PatchOperation.Remove ? null : ValueOf(place.Value, operation.Value, patch.Patch!, path + ".patch.value");
        if (_problems.Count == before)
        {
            _patches.Add(new EnvoyPatch
            {
                Key = Key,
                Place = place.Value,
                Operation = operation.Value,
                Context = context.Value,
                Match = match,
                Value = value,
                FilterClass = patch.Patch?.FilterClass ?? "",
                Version = match.Proxy?.ProxyVersion is { Length: > 0 } version ? new Regex(version, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant) : null,
            });
        }
    }

    private IMessage? ValueOf(PatchPlace place, PatchOperation operation, EnvoyPatchValue patch, string path)
    {
        if (patch.Value is not { } json || JsonNode.Parse(json.GetRawText()) is not JsonObject value)
        {
            Refuse(path, "is no object", "give the part of Envoy's configuration");
            return null;
        }

        var read = PatchValues.Read(place, value, out var problems);
        foreach (var (field, text, fix) in problems)
        {
            Refuse(path + field, text, fix);
        }

        if (read is not null && operation is not (PatchOperation.Merge or PatchOperation.MergeAndReplaceList) && PatchValues.IsFilterWithoutSettings(read))
        {
            Refuse(path + ".typed_config", "is missing: without it nothing says what the filter is", "give it, with its \"@type\"");
        }

        return read;
    }

    private void CheckPair(PatchPlace place, PatchOperation operation, string path)
    {
        var isPossible = (place, operation) switch
        {
            (PatchPlace.ListenerFilter, PatchOperation.Merge or PatchOperation.MergeAndReplaceList) => false,
            (_, PatchOperation.Merge or PatchOperation.MergeAndReplaceList) => true,
            (PatchPlace.RouteConfiguration, _) => false,
            (PatchPlace.VirtualHost, PatchOperation.Replace) => true,
            (PatchPlace.Listener or PatchPlace.Cluster or PatchPlace.FilterChain or PatchPlace.VirtualHost, _) => operation is PatchOperation.Add or PatchOperation.Remove,
            (PatchPlace.HttpRoute, _) => operation != PatchOperation.Replace,
            _ => true,
        };
        if (!isPossible)
        {
            Refuse(path + ".patch.operation", $"has no effect on {Name(place)}", "use MERGE, or another applyTo");
        }
    }

    private PatchPlace? PlaceOf(string? text, string path)
    {
        if (text is "EXTENSION_CONFIG" or "BOOTSTRAP")
        {
            Refuse(path + ".applyTo", $"{text} cannot be patched here: proxies have no such configuration", text == "BOOTSTRAP" ? "use the settings of ProxyConfig" : "give the filter's settings in typed_config of an HTTP_FILTER");
            return null;
        }

        return Parse<PatchPlace>(text, path + ".applyTo");
    }

    private PatchOperation? OperationOf(string? text, string path) => Parse<PatchOperation>(text, path + ".patch.operation");

    private PatchContext? ContextOf(string? text, string path)
    {
        if (text == "WAYPOINT")
        {
            Refuse(path + ".match.context", "there are no waypoints", "use SIDECAR_INBOUND or GATEWAY");
            return null;
        }

        return Parse<PatchContext>(text ?? "ANY", path + ".match.context");
    }

    private T? Parse<T>(string? text, string path)
        where T : struct, Enum
    {
        if (System.Enum.TryParse<T>(text?.Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out var value))
        {
            return value;
        }

        Refuse(path, $"'{text}' is not known", "see the reference of EnvoyFilter");
        return null;
    }

    private static string Name(PatchPlace place) => place switch
    {
        PatchPlace.RouteConfiguration => "ROUTE_CONFIGURATION",
        PatchPlace.VirtualHost => "VIRTUAL_HOST",
        PatchPlace.HttpRoute => "HTTP_ROUTE",
        PatchPlace.FilterChain => "FILTER_CHAIN",
        PatchPlace.ListenerFilter => "LISTENER_FILTER",
        _ => place.ToString().ToUpperInvariant(),
    };

    private void Refuse(string path, string text, string fix) => _problems.Add(new Problem(IstioCodes.PatchNotApplied, Key, path, text + ": the patch is left out", fix));
}

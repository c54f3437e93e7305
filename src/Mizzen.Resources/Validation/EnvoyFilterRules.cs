using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;

namespace Mizzen.Resources.Validation;

/// <summary>Istio's rules for EnvoyFilters.</summary>
internal static class EnvoyFilterRules
{
    private static readonly string[] MatchFields = ["listener", "routeConfiguration", "cluster"];
    private static readonly string[] Places =
    [
        "LISTENER", "FILTER_CHAIN", "NETWORK_FILTER", "HTTP_FILTER", "ROUTE_CONFIGURATION", "VIRTUAL_HOST", "HTTP_ROUTE", "CLUSTER", "EXTENSION_CONFIG", "BOOTSTRAP", "LISTENER_FILTER",
    ];

    private static readonly string[] Operations = ["MERGE", "ADD", "REMOVE", "INSERT_BEFORE", "INSERT_AFTER", "INSERT_FIRST", "REPLACE", "MERGE_AND_REPLACE_LIST"];

    public static void Check(JsonNode? spec, Findings findings)
    {
        findings.Labels("spec.workloadSelector.labels", spec.At("workloadSelector", "labels").TextMap());
        var patches = spec.At("configPatches").Objects().ToList();
        for (var i = 0; i < patches.Count; i++)
        {
            CheckPatch(patches[i], $"spec.configPatches[{i}]", findings);
        }
    }

    private static void CheckPatch(JsonObject patch, string path, Findings findings)
    {
        var place = patch.Text("applyTo");
        if (!Places.Contains(place))
        {
            findings.Error(path + ".applyTo", place.Length == 0 ? "is missing" : $"'{place}' is no place" + NearNames.Hint(place, Places), $"give one of {string.Join(", ", Places)}");
        }

        if (patch["patch"] is not JsonObject change)
        {
            findings.Error(path + ".patch", "is missing", "say what is changed: patch: {operation: …, value: …}");
            return;
        }

        CheckOperation(change, place, path + ".patch", findings);
        CheckMatch(patch["match"], place, path + ".match", findings);
    }

    private static void CheckOperation(JsonObject change, string place, string path, Findings findings)
    {
        var operation = change.Text("operation");
        if (!Operations.Contains(operation))
        {
            findings.Error(path + ".operation", operation.Length == 0 ? "is missing" : $"'{operation}' is no operation" + NearNames.Hint(operation, Operations), $"give one of {string.Join(", ", Operations)}");
        }

        if (operation is not ("REMOVE" or "") && change["value"] is null)
        {
            findings.Error(path + ".value", $"is missing: {operation} needs one", "give the part of Envoy's configuration");
        }

        if (operation == "REMOVE" && change["value"] is not null)
        {
            findings.Error(path + ".value", "cannot be together with operation REMOVE", "remove it");
        }

        if (change["filterClass"] is not null && (place is not ("HTTP_FILTER" or "NETWORK_FILTER") || operation is not "ADD"))
        {
            findings.Error(path + ".filterClass", "is possible with ADD of a filter only", "remove it");
        }
    }

    private static void CheckMatch(JsonNode? match, string place, string path, Findings findings)
    {
        if (match.Text("proxy", "proxyVersion") is { Length: > 0 } version)
        {
            findings.Regex(path + ".proxy.proxyVersion", version);
        }

        var wanted = place switch
        {
            "LISTENER" or "FILTER_CHAIN" or "NETWORK_FILTER" or "HTTP_FILTER" or "LISTENER_FILTER" => "listener",
            "ROUTE_CONFIGURATION" or "VIRTUAL_HOST" or "HTTP_ROUTE" => "routeConfiguration",
            "CLUSTER" => "cluster",
            _ => null,
        };
        foreach (var field in MatchFields.Where(field => match.At(field) is not null && field != wanted))
        {
            findings.Error($"{path}.{field}", $"does not fit applyTo {place}", wanted is null ? "remove it" : $"use match.{wanted}");
        }

        if (match.At("waypoint") is not null && match.Text("context") != "WAYPOINT")
        {
            findings.Error(path + ".waypoint", "is possible with context WAYPOINT only", "set the context, or remove it");
        }
    }
}

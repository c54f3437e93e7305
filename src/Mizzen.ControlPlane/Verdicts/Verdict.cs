using System.Globalization;
using System.Text.Json.Nodes;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Verdicts;

/// <summary>What the mesh has to say about one object, in the form of Istio's status (<c>IstioStatus</c>).</summary>
/// <param name="Problems">What is wrong with it.</param>
/// <param name="Refusals">What proxies said when they refused what was made of it.</param>
/// <param name="Reach">How many proxies have it.</param>
internal sealed record Verdict(IReadOnlyList<Problem> Problems, IReadOnlyList<string> Refusals, Reach Reach)
{
    /// <summary>Istio's condition.</summary>
    public const string Condition = "Reconciled";

    /// <summary>Whether nothing is wrong, and no proxy is without it.</summary>
    public bool IsReconciled => Refusals.Count == 0 && Reach.IsComplete && !HasErrors;

    private bool HasErrors => Problems.Any(problem => IstioCodes.IsError(problem.Code));

    /// <summary>All of it, to compare. How many proxies there are is no news once all had it.</summary>
    public string ToText() => string.Join('\n', (string[])
        [.. Problems.Select(problem => problem.ToString()), .. Refusals, Reach.IsComplete ? "" : Numbers]);

    private string Numbers => string.Create(CultureInfo.InvariantCulture, $"{Reach.Programmed}/{Reach.Proxies} proxies up to date");

    /// <summary>Whether an object's status says it, as far as it can be told without reading the object anew.</summary>
    public bool IsSaidBy(ObjectMeta metadata, IstioStatus? status) => IsReconciled && Problems.Count == 0
        && status is { ValidationMessages: null or { Count: 0 } }
        && status.Conditions?.Any(condition => condition is { Type: Condition, Status: "True" } && condition.ObservedGeneration == metadata.Generation) == true;

    /// <summary>The merge patch that makes the status say it; null when it says so already.</summary>
    public JsonObject? PatchFor(JsonObject resource, DateTimeOffset now)
    {
        var status = resource["status"] as JsonObject;
        var before = (status?["conditions"] as JsonArray ?? []).OfType<JsonObject>().FirstOrDefault(condition => (string?)condition["type"] == Condition);
        var generation = resource["metadata"]?["generation"]?.DeepClone();
        var condition = NewCondition(before, generation, now);
        if (Reach.IsComplete && before is not null && JsonNode.DeepEquals(WithoutMessage(before), WithoutMessage(condition)) && IsReconciled)
        {
            condition = before;
        }

        var messages = Problems.Count == 0 ? null : new JsonArray([.. Problems.Select(MessageOf)]);
        if (JsonNode.DeepEquals(before, condition) && JsonNode.DeepEquals(status?["validationMessages"], messages))
        {
            return null;
        }

        var others = (status?["conditions"] as JsonArray ?? []).Where(other => !ReferenceEquals(other, before)).Select(other => other?.DeepClone());
        return new JsonObject
        {
            ["status"] = new JsonObject
            {
                ["conditions"] = new JsonArray([.. others, condition.DeepClone()]),
                ["validationMessages"] = messages,
                ["observedGeneration"] = generation?.DeepClone(),
            },
        };
    }

    private JsonObject NewCondition(JsonObject? before, JsonNode? generation, DateTimeOffset now)
    {
        var value = IsReconciled ? "True" : "False";
        var since = (string?)before?["status"] == value ? before["lastTransitionTime"]?.DeepClone() : now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var condition = new JsonObject
        {
            ["type"] = Condition,
            ["status"] = value,
            ["reason"] = Refusals.Count > 0 ? "Refused" : HasErrors ? "Invalid" : Reach.IsComplete ? "Accepted" : "Pending",
            ["message"] = Message(),
            ["lastTransitionTime"] = since,
        };
        if (generation is not null)
        {
            condition["observedGeneration"] = generation.DeepClone();
        }

        return condition;
    }

    /// <summary>Istio's words first: programs look for them.</summary>
    private string Message()
    {
        var errors = Problems.Where(problem => IstioCodes.IsError(problem.Code)).Select(problem => problem.ToString());
        return string.Join("; ", (string[])[Numbers, .. Refusals, .. errors]);
    }

    private static JsonObject WithoutMessage(JsonObject condition)
    {
        var rest = (JsonObject)condition.DeepClone();
        rest.Remove("message");
        return rest;
    }

    private static JsonObject MessageOf(Problem problem)
    {
        var message = new JsonObject
        {
            ["type"] = new JsonObject { ["code"] = problem.Code },
            ["level"] = IstioCodes.LevelOf(problem.Code).ToString().ToUpperInvariant(),
            ["message"] = problem.ToString(),
        };
        if (problem.Code.StartsWith("IST", StringComparison.Ordinal))
        {
            message["documentationUrl"] = $"https://istio.io/latest/docs/reference/config/analysis/{problem.Code.ToLowerInvariant()}/";
        }

        return message;
    }
}

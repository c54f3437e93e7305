using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Verdicts;

/// <summary>What the mesh has to say about one object, in the form of Istio's status (<c>IstioStatus</c>).</summary>
/// <param name="Problems">What is wrong with it.</param>
/// <param name="Refusals">What proxies said when they refused what was made of it.</param>
internal sealed record Verdict(IReadOnlyList<Problem> Problems, IReadOnlyList<string> Refusals)
{
    /// <summary>Istio's condition.</summary>
    public const string Condition = "Reconciled";

    /// <summary>Nothing is wrong.</summary>
    public static Verdict Good { get; } = new([], []);

    private bool IsReconciled => Refusals.Count == 0 && !Problems.Any(problem => IstioCodes.IsError(problem.Code));

    /// <summary>
    /// The merge patch that makes the status say it; null when it says so already, or when there is nothing to say and never was.
    /// </summary>
    public JsonObject? PatchFor(JsonObject resource, DateTimeOffset now)
    {
        var status = resource["status"] as JsonObject;
        var before = (status?["conditions"] as JsonArray ?? []).OfType<JsonObject>().FirstOrDefault(condition => (string?)condition["type"] == Condition);
        if (before is null && Problems.Count == 0 && Refusals.Count == 0)
        {
            return null;
        }

        var generation = resource["metadata"]?["generation"]?.DeepClone();
        var condition = NewCondition(before, generation, now);
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
                ["conditions"] = new JsonArray([.. others, condition]),
                ["validationMessages"] = messages,
                ["observedGeneration"] = generation?.DeepClone(),
            },
        };
    }

    private JsonObject NewCondition(JsonObject? before, JsonNode? generation, DateTimeOffset now)
    {
        var value = IsReconciled ? "True" : "False";
        var since = (string?)before?["status"] == value ? before["lastTransitionTime"]?.DeepClone() : now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        var condition = new JsonObject
        {
            ["type"] = Condition,
            ["status"] = value,
            ["reason"] = Refusals.Count > 0 ? "Refused" : IsReconciled ? "Accepted" : "Invalid",
            ["message"] = Message(),
            ["lastTransitionTime"] = since,
        };
        if (generation is not null)
        {
            condition["observedGeneration"] = generation.DeepClone();
        }

        return condition;
    }

    private string Message()
    {
        if (Refusals.Count > 0)
        {
            return string.Join("; ", Refusals);
        }

        var errors = Problems.Where(problem => IstioCodes.IsError(problem.Code)).Select(problem => problem.ToString()).ToList();
        return errors.Count > 0 ? string.Join("; ", errors) : "the mesh follows this object";
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

using System.Text.Json.Nodes;
using Mizzen.Cluster.ApiServer.Kinds;
using Mizzen.Cluster.ApiServer.Objects;
using Mizzen.Cluster.Expressions;
using Mizzen.Cluster.Storage;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.ApiServer.Strategies;

/// <summary>CustomResourceDefinitions: their names must be free, and they are established at once.</summary>
internal sealed class DefinitionStrategy(ObjectStore store, SchemaRules rules, TimeProvider clock) : KindStrategy
{
    public override void ApplyDefaults(JsonObject node)
    {
        var spec = node.Ensure("spec");
        var names = spec.Ensure("names");
        var kind = names.Text("kind") ?? "";
        names.Default("singular", kind.ToLowerInvariant());
        names.Default("listKind", kind + "List");
        spec.Ensure("conversion").Default("strategy", "None");
    }

    public override void PrepareCreate(JsonObject node) => Establish(node);

    public override void PrepareUpdate(JsonObject node, JsonObject old) => Establish(node);

    public override void Validate(JsonObject node, JsonObject? old, List<FieldError> errors)
    {
        var spec = node.Ensure("spec");
        var expected = $"{spec.Child("names").Text("plural")}.{spec.Text("group")}";
        if (node.Metadata().Text("name") != expected)
        {
            errors.Add(new FieldError(
                "metadata.name",
                FieldErrorKind.Invalid,
                $"Invalid value: \"{node.Metadata().Text("name")}\": must be spec.names.plural+\".\"+spec.group"));
        }

        CheckScope(spec, old, errors);
        CheckVersions(spec, errors);
        errors.AddRange(UnusableRules(spec).Where(found => found.Expression.Problem is not null).Select(found => new FieldError(
            found.Path, FieldErrorKind.Invalid, $"Invalid value: \"{found.Rule.Rule}\": compilation failed: {found.Expression.Problem}")));
        if (spec.Child("conversion").Text("strategy") != "None")
        {
            errors.Add(new FieldError(
                "spec.conversion.strategy",
                FieldErrorKind.NotSupported,
                $"Unsupported value: \"{spec.Child("conversion").Text("strategy")}\": supported values: \"None\" (conversion webhooks are not called here)"));
        }
    }

    public override IEnumerable<string> Warnings(JsonObject node) =>
        UnusableRules(node.Ensure("spec")).Select(found =>
            $"{found.Path}: this rule is not enforced, for want of {found.Expression.Unavailable ?? "optional values"}: {found.Rule.Rule}");

    private IEnumerable<(string Path, ValidationRule Rule, Expression Expression)> UnusableRules(JsonObject spec) =>
        spec.Items("versions").SelectMany((version, i) => version.Child("schema").Child("openAPIV3Schema") is { } schema
            ? rules.Unusable(StructuralSchema.Parse(schema), $"spec.versions[{i}].schema.openAPIV3Schema")
            : []);

    private static void CheckScope(JsonObject spec, JsonObject? old, List<FieldError> errors)
    {
        var scope = spec.Text("scope");
        if (scope is not ("Cluster" or "Namespaced"))
        {
            errors.Add(new FieldError("spec.scope", FieldErrorKind.NotSupported, $"Unsupported value: \"{scope}\": supported values: \"Cluster\", \"Namespaced\""));
        }
        else if (old?.Child("spec").Text("scope") is { } before && before != scope)
        {
            errors.Add(new FieldError("spec.scope", FieldErrorKind.Invalid, $"Invalid value: \"{scope}\": field is immutable"));
        }
    }

    private static void CheckVersions(JsonObject spec, List<FieldError> errors)
    {
        var versions = spec.Items("versions").ToList();
        if (versions.Count(version => version.IsTrue("storage")) != 1)
        {
            errors.Add(new FieldError("spec.versions", FieldErrorKind.Invalid, "Invalid value: must have exactly one version marked as storage version"));
        }

        for (var i = 0; i < versions.Count; i++)
        {
            if (versions[i].Child("schema").Child("openAPIV3Schema") is null)
            {
                errors.Add(new FieldError($"spec.versions[{i}].schema.openAPIV3Schema", FieldErrorKind.Required, "Required value: schemas are required"));
            }
        }
    }

    private void Establish(JsonObject node)
    {
        var names = node.Child("spec").Child("names");
        var taken = TakenName(node);
        var status = node.Ensure("status");
        var now = ObjectState.Time(clock.GetUtcNow());
        SetCondition(status, "NamesAccepted", taken is null, taken is null ? "NoConflicts" : "KindConflict", taken is null ? "no conflicts found" : $"\"{taken}\" is already in use", now);
        SetCondition(
            status,
            "Established",
            taken is null,
            taken is null ? "InitialNamesAccepted" : "NotAccepted",
            taken is null ? "the initial names have been accepted" : "not all names are accepted",
            now);
        status["acceptedNames"] = taken is null ? names?.DeepClone() : new JsonObject { ["plural"] = "", ["kind"] = "" };
        Remember(status, node.Child("spec").Items("versions").FirstOrDefault(version => version.IsTrue("storage")).Text("name"));
    }

    // Another definition of the group, or a built-in kind, has the kind or the plural.
    private string? TakenName(JsonObject node)
    {
        var spec = node.Child("spec");
        var (group, plural, kind) = (spec.Text("group"), spec.Child("names").Text("plural"), spec.Child("names").Text("kind"));
        if (BuiltInKinds.All.FirstOrDefault(other => other.Group == group && (other.Plural == plural || other.Kind == kind)) is { } builtIn)
        {
            return builtIn.Plural;
        }

        var others = store.Snapshot(KindRegistry.Definitions).Objects.Values
            .Where(other => other.Key.Name != node.Metadata().Text("name"))
            .Select(other => other.ToNode().Child("spec"))
            .Where(other => other.Text("group") == group);
        return others.Any(other => other.Child("names").Text("kind") == kind) ? kind : null;
    }

    private static void SetCondition(JsonObject status, string type, bool value, string reason, string message, string now)
    {
        var conditions = status["conditions"] as JsonArray ?? [];
        status["conditions"] = conditions;
        var text = value ? "True" : "False";
        var before = conditions.OfType<JsonObject>().FirstOrDefault(condition => condition.Text("type") == type);
        var time = before.Text("status") == text ? before.Text("lastTransitionTime") ?? now : now;
        conditions.Remove(before);
        conditions.Add(new JsonObject { ["type"] = type, ["status"] = text, ["lastTransitionTime"] = time, ["reason"] = reason, ["message"] = message });
    }

    private static void Remember(JsonObject status, string? version)
    {
        var versions = status["storedVersions"] as JsonArray ?? [];
        status["storedVersions"] = versions;
        if (version is not null && !status.Texts("storedVersions").Contains(version))
        {
            versions.Add(version);
        }
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Mizzen.ControlPlane.Metrics;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources;
using Mizzen.Resources.Admission;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Admission;

/// <summary>
/// Answers the API server's question about an object of the mesh (<c>admission.k8s.io/v1</c>): what breaks the rules of its kind is
/// refused with every problem at once; what is doubtful is let in with warnings, which kubectl prints.
/// </summary>
/// <param name="mesh">The mesh as it is, to look for what the object refers to.</param>
/// <param name="metrics">Counts.</param>
internal sealed class ValidationWebhook(Func<MeshSnapshot> mesh, PilotMetrics metrics)
{
    private const int MostWarnings = 20;

    /// <summary>The answer.</summary>
    public AdmissionResponse Review(AdmissionRequest request)
    {
        if (request.Object is not { ValueKind: JsonValueKind.Object } json)
        {
            return new AdmissionResponse { Uid = request.Uid, Allowed = true };
        }

        var resource = JsonObject.Create(json)!;
        var kind = request.Kind?.Kind ?? (string?)resource["kind"] ?? "";
        var group = request.Kind?.Group ?? GroupOf(resource);
        var problems = Problems(group, kind, resource);
        var errors = problems.Where(problem => IstioCodes.IsError(problem.Code)).ToList();
        var doubts = errors.Count > 0 ? problems.Except(errors) : problems.Concat(group == GatewayApiValidation.Group ? [] : ReferenceReview.Of(mesh(), kind, resource)).Distinct();
        metrics.Count(errors.Count == 0 ? "galley_validation_passed" : "galley_validation_failed", $"group=\"{request.Kind?.Group}\",resource=\"{kind}\"");
        return new AdmissionResponse
        {
            Uid = request.Uid,
            Allowed = errors.Count == 0,
            Status = errors.Count == 0 ? null : Denial(errors),
            Warnings = [.. doubts.Take(MostWarnings).Select(problem => problem.ToString())],
        };
    }

    private static string GroupOf(JsonObject resource) => ((string?)resource["apiVersion"] ?? "").Split('/')[0];

    // What the schema lets through may still be no object of its kind, for instance a number too large.
    private static IReadOnlyList<Problem> Problems(string group, string kind, JsonObject resource)
    {
        var problems = group == GatewayApiValidation.Group ? GatewayApiValidation.Validate(kind, resource) : IstioValidation.Validate(kind, resource);
        var type = KindCatalog.All.FirstOrDefault(candidate => candidate.Kind == kind && (candidate.Group == GatewayApiValidation.Group) == (group == GatewayApiValidation.Group) && !candidate.BuiltIn)?.ClrType;
        try
        {
            _ = type is null ? null : resource.Deserialize(type, ResourceJson.Options);
            return problems;
        }
        catch (JsonException error)
        {
            var key = new ResourceDocument(resource, new SourceMap("", new Dictionary<string, int>())).Key;
            return [.. problems, new Problem(IstioCodes.SchemaValidationError, key, error.Path?.TrimStart('$', '.') ?? "", error.Message)];
        }
    }

    private static Status Denial(List<Problem> errors) => new()
    {
        Outcome = "Failure",
        Reason = "Invalid",
        Code = 422,
        Message = "configuration is invalid: " + (errors.Count == 1
            ? errors[0].ToString()
            : $"{errors.Count} errors occurred:\n{string.Join('\n', errors.Select(error => "\t* " + error))}"),
        Details = new StatusDetails
        {
            Causes = [.. errors.Select(error => new StatusCause { Reason = "FieldValueInvalid", Field = error.Path, Message = error.Text })],
        },
    };
}

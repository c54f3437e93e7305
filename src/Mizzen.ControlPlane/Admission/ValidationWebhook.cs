using System.Text.Json;
using System.Text.Json.Nodes;
using Mizzen.ControlPlane.Metrics;
using Mizzen.Resources.Admission;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Admission;

/// <summary>
/// Answers the API server's question about an object of the mesh (<c>admission.k8s.io/v1</c>): what breaks the rules of its kind is
/// refused with every problem at once; what is doubtful is let in with warnings, which kubectl prints.
/// </summary>
internal sealed class ValidationWebhook(PilotMetrics metrics)
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
        var problems = IstioValidation.Validate(kind, resource);
        var errors = problems.Where(problem => IstioCodes.IsError(problem.Code)).ToList();
        metrics.Count(errors.Count == 0 ? "galley_validation_passed" : "galley_validation_failed", $"group=\"{request.Kind?.Group}\",resource=\"{kind}\"");
        return new AdmissionResponse
        {
            Uid = request.Uid,
            Allowed = errors.Count == 0,
            Status = errors.Count == 0 ? null : Denial(errors),
            Warnings = [.. problems.Except(errors).Take(MostWarnings).Select(problem => problem.ToString())],
        };
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

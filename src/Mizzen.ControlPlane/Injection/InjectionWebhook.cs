using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Mizzen.ControlPlane.Metrics;
using Mizzen.Resources;
using Mizzen.Resources.Admission;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.ControlPlane.Injection;

/// <summary>Answers the API server's question about a new pod (<c>admission.k8s.io/v1</c>) with the patch that puts the proxy in.</summary>
/// <param name="settings">The settings as they are when a pod comes.</param>
/// <param name="metrics">Counts.</param>
/// <param name="logger">Tells each decision.</param>
internal sealed class InjectionWebhook(Func<InjectionSettings> settings, PilotMetrics metrics, ILogger logger)
{
    /// <summary>The answer; a pod that cannot be injected is refused with the reason.</summary>
    public AdmissionResponse Review(AdmissionRequest request)
    {
        metrics.Count("sidecar_injection_requests_total");
        if (request.Object is not { ValueKind: JsonValueKind.Object } json)
        {
            return Refuse(request, "the review carries no pod");
        }

        try
        {
            return Answer(request, JsonObject.Create(json)!);
        }
        catch (Exception error) when (error is FormatException or JsonException)
        {
            return Refuse(request, error.Message);
        }
    }

    private AdmissionResponse Answer(AdmissionRequest request, JsonObject pod)
    {
        var ns = request.Namespace ?? (string?)pod["metadata"]?["namespace"] ?? "";
        var current = settings();
        var decision = InjectionDecision.For(ResourceJson.FromNode<Pod>(pod), ns, current);
        var name = (string?)pod["metadata"]?["name"] ?? (string?)pod["metadata"]?["generateName"] ?? "";
        Log.Decided(logger, ns, name, decision.Injects, decision.Reason);
        if (!decision.Injects)
        {
            metrics.Count("sidecar_injection_skip_total");
            return new AdmissionResponse { Uid = request.Uid, Allowed = true };
        }

        var patch = JsonPatch.Between(pod, SidecarInjector.Inject(pod, ns, current));
        metrics.Count("sidecar_injection_success_total");
        return new AdmissionResponse
        {
            Uid = request.Uid,
            Allowed = true,
            PatchType = "JSONPatch",
            Patch = Convert.ToBase64String(Encoding.UTF8.GetBytes(patch.ToJsonString())),
        };
    }

    private AdmissionResponse Refuse(AdmissionRequest request, string reason)
    {
        metrics.Count("sidecar_injection_failure_total");
        Log.Failed(logger, request.Namespace ?? "", reason);
        return new AdmissionResponse
        {
            Uid = request.Uid,
            Allowed = false,
            Status = new Status { Outcome = "Failure", Message = reason, Reason = "BadRequest", Code = 400 },
        };
    }
}

using Mizzen.Resources.Fields;
using Mizzen.Resources.Networking;
using EnvoyOutlierDetection = Envoy.Config.Cluster.V3.OutlierDetection;

namespace Mizzen.ControlPlane.Translation;

/// <summary>Outlier detection in Envoy's words: Istio never ejects by success rate.</summary>
internal static class OutlierDetections
{
    private const int DefaultConsecutive = 5;

    public static EnvoyOutlierDetection Of(OutlierDetection settings)
    {
        var errors = settings.Consecutive5xxErrors ?? settings.ConsecutiveErrors ?? DefaultConsecutive;
        var message = new EnvoyOutlierDetection
        {
            EnforcingSuccessRate = 0,
            Consecutive5Xx = (uint)errors,
            EnforcingConsecutive5Xx = errors > 0 ? 100u : 0u,
            SplitExternalLocalOriginErrors = settings.SplitExternalLocalOriginErrors ?? false,
        };
        if (settings.ConsecutiveGatewayErrors is { } gateway)
        {
            message.ConsecutiveGatewayFailure = (uint)gateway;
            message.EnforcingConsecutiveGatewayFailure = gateway > 0 ? 100u : 0u;
        }

        if (settings.ConsecutiveLocalOriginFailures is { } local && message.SplitExternalLocalOriginErrors)
        {
            message.ConsecutiveLocalOriginFailure = (uint)local;
            message.EnforcingConsecutiveLocalOriginFailure = local > 0 ? 100u : 0u;
        }

        message.Interval = GoDuration.Parse(settings.Interval) is { } interval ? Messages.Of(interval) : null;
        message.BaseEjectionTime = GoDuration.Parse(settings.BaseEjectionTime) is { } ejection ? Messages.Of(ejection) : null;
        message.MaxEjectionPercent = settings.MaxEjectionPercent is > 0 ? (uint?)settings.MaxEjectionPercent : null;
        return message;
    }
}

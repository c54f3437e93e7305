using Grpc.Core;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.ControlPlane.Metrics;

namespace Mizzen.ControlPlane.Push;

/// <summary>Who calls one of the control plane's gRPC services: every call shows a service-account token (<c>authorization: Bearer …</c>).</summary>
internal sealed class CallAuthentication(TokenAuthenticator authenticator, PilotMetrics metrics, ILogger logger)
{
    private const string Bearer = "Bearer ";

    /// <summary>The owner of the call's token.</summary>
    /// <exception cref="RpcException">There is none, it is not valid, or the API server does not say; the status says which.</exception>
    public async Task<ProxyIdentity> AuthenticateAsync(ServerCallContext context, CancellationToken cancellationToken)
    {
        var header = context.RequestHeaders.GetValue("authorization") ?? "";
        if (!header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            throw Refused(StatusCode.Unauthenticated, context, "a proxy must show its service-account token (authorization: Bearer …)");
        }

        try
        {
            return await authenticator.AuthenticateAsync(header[Bearer.Length..].Trim(), cancellationToken);
        }
        catch (UnauthorizedAccessException error)
        {
            throw Refused(StatusCode.Unauthenticated, context, error.Message);
        }
        catch (Exception error) when (error is ApiException or HttpRequestException)
        {
            throw Refused(StatusCode.Unavailable, context, "the token could not be reviewed: " + error.Message);
        }
    }

    private RpcException Refused(StatusCode code, ServerCallContext context, string reason)
    {
        metrics.Count("pilot_xds_auth_failures");
        Log.NotTrusted(logger, context.Peer, reason);
        return new RpcException(new Status(code, reason));
    }
}

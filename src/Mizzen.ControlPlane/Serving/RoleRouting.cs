using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Mizzen.ControlPlane.Serving;

/// <summary>Keeps routes to the ports that they are meant for, whatever a request's Host header says.</summary>
internal static class RoleRouting
{
    /// <summary>Lets a route answer on the ports of these roles only.</summary>
    public static TBuilder On<TBuilder>(this TBuilder route, params ListenerRole[] roles)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new RoleMetadata(roles));

    /// <summary>Middleware after routing: 404 where the route is not served on this port, or says no port at all.</summary>
    public static Task RefuseOtherPorts(HttpContext context, RequestDelegate next)
    {
        var role = context.Features.Get<RoleFeature>()?.Role;
        var allowed = context.GetEndpoint()?.Metadata.GetMetadata<RoleMetadata>()?.Roles;
        if (role is null || allowed?.Contains(role.Value) != true)
        {
            context.SetEndpoint(null);
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        return next(context);
    }

    /// <summary>The role of the port that a call came through.</summary>
    public static ListenerRole? RoleOf(ServerCallContext call) => call.GetHttpContext().Features.Get<RoleFeature>()?.Role;

    /// <summary>The role of the port that a connection came through.</summary>
    internal sealed record RoleFeature(ListenerRole Role);

    private sealed record RoleMetadata(IReadOnlyList<ListenerRole> Roles);
}

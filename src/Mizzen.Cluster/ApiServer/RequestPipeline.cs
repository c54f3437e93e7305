using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Mizzen.Cluster.ApiServer.Authentication;
using Mizzen.Cluster.ApiServer.Authorization;
using Mizzen.Cluster.ApiServer.Discovery;
using Mizzen.Cluster.ApiServer.Kinds;
using Mizzen.Cluster.ApiServer.Metrics;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Cluster.ApiServer.Subresources;
using Mizzen.Identity.Tokens;
using Mizzen.Resources.Authentication;

namespace Mizzen.Cluster.ApiServer;

/// <summary>
/// The way of every request: health and version for everybody, then authentication and authorization, then discovery, reviews or
/// resources.
/// </summary>
internal sealed class RequestPipeline(
    KindRegistry kinds,
    Authenticator authenticator,
    RoleAuthorizer authorizer,
    DiscoveryHandler discovery,
    OpenApiHandler openApi,
    Reviews reviews,
    BindingHandler bindings,
    ResourceHandler resources,
    MetricsHandler metrics,
    ServiceAccountTokenIssuer tokens,
    ILogger logger) : IHttpApplication<HttpContext>
{
    private readonly Impersonation _impersonation = new(authorizer);

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    public async Task ProcessRequestAsync(HttpContext context)
    {
        try
        {
            await ServeAsync(context);
        }
        catch (StatusException e)
        {
            await RefuseAsync(context, e);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            context.Abort();
        }
        catch (BadHttpRequestException e)
        {
            await RefuseAsync(context, Errors.Refusal(e.StatusCode, "BadRequest", e.Message, null));
        }
        catch (Exception e)
        {
            Log.RequestFailed(logger, e, context.Request.Method, context.Request.Path.Value ?? "");
            await RefuseAsync(context, Errors.Internal(e.Message));
        }
    }

    private static async Task RefuseAsync(HttpContext context, StatusException refusal)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        await Answer.StatusAsync(context, refusal.Status);
    }

    private async Task ServeAsync(HttpContext http)
    {
        if (await TryServePublicAsync(http))
        {
            return;
        }

        var user = _impersonation.Apply(http, authenticator.Find(http) ?? throw Errors.Unauthorized());
        if (RequestTarget.Parse(http.Request.Path.Value!) is { } target)
        {
            authorizer.Require(AccessAttributes.OfResource(http, user, target));
            await ServeResourceAsync(http, user, target);
            return;
        }

        authorizer.Require(AccessAttributes.OfPath(http, user));
        if (!await discovery.TryServeAsync(http) && !await openApi.TryServeAsync(http) && !await TryServeOpenIdAsync(http))
        {
            await Answer.TextAsync(http, StatusCodes.Status404NotFound, "404 page not found\n");
        }
    }

    private async Task ServeResourceAsync(HttpContext http, UserInfo user, RequestTarget target)
    {
        if (Reviews.KindOf(target) is { } review)
        {
            await reviews.ServeAsync(http, user, target, review);
            return;
        }

        var table = kinds.Current;
        if (target is { Group: "", Version: "v1", Plural: "bindings", Name: null })
        {
            await bindings.BindAsync(new ApiRequest(http, user, table.Find("", "v1", "pods")!, target));
            return;
        }

        if (target is { Group: MetricsHandler.Group, Version: MetricsHandler.Version, Subresource: null, Plural: "pods" or "nodes" })
        {
            await metrics.ServeAsync(new ApiRequest(http, user, table.Find("", "v1", target.Plural)!, target));
            return;
        }

        var kind = table.Find(target.Group, target.Version, target.Plural);
        if (kind is null || (!kind.Namespaced && target.Namespace.Length > 0 && target.Plural != "namespaces"))
        {
            throw Errors.NoSuchResource();
        }

        await resources.ServeAsync(new ApiRequest(http, user, kind, target));
    }

    private static async Task<bool> TryServePublicAsync(HttpContext http)
    {
        switch (http.Request.Path.Value)
        {
            case "/healthz" or "/livez" or "/readyz":
                var verbose = http.Request.Query.ContainsKey("verbose");
                await Answer.TextAsync(http, StatusCodes.Status200OK, verbose ? $"[+]ping ok\n[+]store ok\n{http.Request.Path.Value[1..]} check passed\n" : "ok");
                return true;
            case "/version":
                await Answer.ObjectAsync(http, StatusCodes.Status200OK, ServerVersion.Document);
                return true;
            default:
                return false;
        }
    }

    // OpenID Connect discovery, by which others verify tokens of service accounts.
    private async Task<bool> TryServeOpenIdAsync(HttpContext http)
    {
        switch (http.Request.Path.Value)
        {
            case "/openid/v1/jwks":
                await Answer.BytesAsync(http, StatusCodes.Status200OK, "application/jwk-set+json", System.Text.Encoding.UTF8.GetBytes(tokens.Jwks()));
                return true;
            case "/.well-known/openid-configuration":
                var uri = new Uri($"{tokens.Issuer}/openid/v1/jwks");
                await Answer.BytesAsync(http, StatusCodes.Status200OK, Answer.Json, System.Text.Encoding.UTF8.GetBytes(tokens.ProviderConfiguration(uri)));
                return true;
            default:
                return false;
        }
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Mizzen.ControlPlane.Admission;
using Mizzen.ControlPlane.Injection;
using Mizzen.ControlPlane.Metrics;
using Mizzen.ControlPlane.Push;
using Mizzen.ControlPlane.Serving;
using Mizzen.Resources;
using Mizzen.Resources.Admission;

namespace Mizzen.ControlPlane;

/// <summary>What the control plane answers, and on which port.</summary>
internal sealed class IstiodRoutes(
    InjectionWebhook injection, ValidationWebhook validation, DebugPages pages, PilotMetrics metrics, Func<bool> isReady)
{
    private const string PrometheusText = "text/plain; version=0.0.4; charset=utf-8";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGrpcService<AggregatedDiscovery>().On(ListenerRole.Discovery, ListenerRole.PlainDiscovery);
        routes.MapGrpcService<CertificateIssuance>().On(ListenerRole.Discovery);
        routes.MapPost("/inject", (RequestDelegate)(context => ReviewAsync(context, injection.Review))).On(ListenerRole.Webhooks);
        routes.MapPost("/validate", (RequestDelegate)(context => ReviewAsync(context, validation.Review))).On(ListenerRole.Webhooks);
        routes.MapGet("/ready", (RequestDelegate)ReadyAsync).On(ListenerRole.Monitoring, ListenerRole.Debug);
        routes.MapGet("/version", (RequestDelegate)(context => context.Response.WriteAsync(Version))).On(ListenerRole.Monitoring, ListenerRole.Debug);
        routes.MapGet("/metrics", (RequestDelegate)MetricsAsync).On(ListenerRole.Monitoring, ListenerRole.Debug);
        routes.MapGet("/debug/syncz", (RequestDelegate)(context => WriteAsync(context, pages.Syncz()))).On(ListenerRole.Debug);
        routes.MapGet("/debug/push_status", (RequestDelegate)(context => WriteAsync(context, pages.PushStatus()))).On(ListenerRole.Debug);
        routes.MapGet("/debug/config_dump", (RequestDelegate)ConfigDumpAsync).On(ListenerRole.Debug);
    }

    private static string Version => typeof(IstiodRoutes).Assembly.GetName().Version?.ToString(3) ?? "";

    private static async Task ReviewAsync(HttpContext context, Func<AdmissionRequest, AdmissionResponse> review)
    {
        AdmissionReview? question;
        try
        {
            question = await JsonSerializer.DeserializeAsync<AdmissionReview>(context.Request.Body, ResourceJson.Options, context.RequestAborted);
        }
        catch (JsonException error)
        {
            await RefuseAsync(context, error.Message);
            return;
        }

        if (question?.Request is not { } request)
        {
            await RefuseAsync(context, "the body is no AdmissionReview with a request");
            return;
        }

        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(
            context.Response.Body, new AdmissionReview { Response = review(request) }, ResourceJson.Options, context.RequestAborted);
    }

    private static Task RefuseAsync(HttpContext context, string reason)
    {
        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        return context.Response.WriteAsync(reason, context.RequestAborted);
    }

    private Task ReadyAsync(HttpContext context)
    {
        var ready = isReady();
        context.Response.StatusCode = ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsync(ready ? "ok" : "the mesh has not been read yet", context.RequestAborted);
    }

    private Task MetricsAsync(HttpContext context)
    {
        context.Response.ContentType = PrometheusText;
        return context.Response.WriteAsync(metrics.ToText(), context.RequestAborted);
    }

    private Task ConfigDumpAsync(HttpContext context)
    {
        var proxy = context.Request.Query["proxyID"].ToString();
        if (pages.ConfigDump(proxy) is { } dump)
        {
            return WriteAsync(context, dump);
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return context.Response.WriteAsync($"proxy \"{proxy}\" is not connected; proxyID is POD.NAMESPACE\n", context.RequestAborted);
    }

    private static Task WriteAsync(HttpContext context, JsonNode node)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(node.ToJsonString(Indented), context.RequestAborted);
    }
}

using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.ControlPlane.Model;
using Mizzen.ControlPlane.Model.GatewayApi;
using Mizzen.Resources;
using Mizzen.Resources.GatewayApi;
using Mizzen.Resources.Meta;

namespace Mizzen.ControlPlane.Verdicts;

/// <summary>Writes the statuses of the Gateway API's objects: every one of them, but only when it says something else than before.</summary>
internal sealed class GatewayApiStatuses(ResourceClient client, ILogger logger, TimeProvider clock)
{
    /// <summary>One round; false when something could not be written and must be tried again.</summary>
    public async Task<bool> WriteAsync(MeshSnapshot mesh, CancellationToken cancellationToken)
    {
        var ok = true;
        foreach (var (resource, kind, status) in Wanted(mesh))
        {
            if (JsonNode.DeepEquals(StatusOf(resource), status))
            {
                continue;
            }

            ok &= await TryWriteAsync(resource, kind, status, cancellationToken);
        }

        return ok;
    }

    private IEnumerable<(Resource Resource, ResourceKind Kind, JsonObject Status)> Wanted(MeshSnapshot mesh)
    {
        var api = mesh.GatewayApi;
        foreach (var entry in api.Classes)
        {
            yield return (entry, KindCatalog.Of<GatewayClass>(), OfClass(entry));
        }

        foreach (var verdict in api.GatewayVerdicts)
        {
            yield return (verdict.Gateway, KindCatalog.Of<KubernetesGateway>(), OfGateway(verdict));
        }

        foreach (var verdict in api.SetVerdicts)
        {
            yield return (verdict.Set, KindCatalog.Of<ListenerSet>(), OfSet(verdict));
        }

        foreach (var verdict in api.PolicyVerdicts)
        {
            // A policy without effect is told nothing, but what was said is taken back.
            if (verdict.Gateways.Count > 0 || Ancestors(verdict.Policy).Any(IsOurs))
            {
                yield return (verdict.Policy, KindCatalog.Of<BackendTlsPolicy>(), OfPolicy(verdict));
            }
        }

        var verdicts = api.RouteVerdicts.ToDictionary(verdict => verdict.Key);
        foreach (var route in Routes(mesh.Resources.HttpRoutes).Concat(Routes(mesh.Resources.GrpcRoutes)).Concat(Routes(mesh.Resources.TcpRoutes)).Concat(Routes(mesh.Resources.TlsRoutes)).Concat(Routes(mesh.Resources.UdpRoutes)))
        {
            var key = new ResourceKey(route.Kind.Group, route.Kind.Kind, route.Resource.Metadata.Namespace, route.Resource.Metadata.Name ?? "");
            if (verdicts.GetValueOrDefault(key) is { } verdict)
            {
                yield return (route.Resource, route.Kind, OfRoute(route.Resource, verdict.Parents));
            }
            else if (Parents(route.Resource).Any(IsOurs))
            {
                // It has left us: nothing of what we said stays.
                yield return (route.Resource, route.Kind, OfRoute(route.Resource, []));
            }
        }
    }

    private static IEnumerable<(Resource Resource, ResourceKind Kind)> Routes<T>(IReadOnlyList<T> routes)
        where T : Resource => routes.Select(route => ((Resource)route, KindCatalog.Of<T>()));

    private JsonObject OfClass(GatewayClass entry)
    {
        var status = new JsonObject { ["conditions"] = Conditions(entry, Find(StatusOf(entry), "conditions"), [GatewayCondition.Accepted("the mesh serves Gateways of this class")]) };
        status["supportedFeatures"] = new JsonArray([.. SupportedFeatures.Names.Select(name => new JsonObject { ["name"] = name })]);
        return status;
    }

    private JsonObject OfGateway(GatewayVerdict verdict)
    {
        var current = StatusOf(verdict.Gateway);
        var status = new JsonObject();
        if (verdict.Addresses.Count > 0)
        {
            status["addresses"] = new JsonArray([.. verdict.Addresses.Select(ResourceJson.ToNode)]);
        }

        status["conditions"] = Conditions(verdict.Gateway, Find(current, "conditions"), verdict.Conditions);
        status["listeners"] = new JsonArray([.. verdict.Listeners.Select(listener => OfListener(verdict.Gateway, current, listener))]);
        if (verdict.AttachedSets > 0 || current?["attachedListenerSets"] is not null)
        {
            status["attachedListenerSets"] = verdict.AttachedSets;
        }

        return status;
    }

    private JsonObject OfSet(ListenerSetVerdict verdict)
    {
        var current = StatusOf(verdict.Set);
        return new JsonObject
        {
            ["conditions"] = Conditions(verdict.Set, Find(current, "conditions"), verdict.Conditions),
            ["listeners"] = new JsonArray([.. verdict.Listeners.Select(listener => OfListener(verdict.Set, current, listener))]),
        };
    }

    private JsonObject OfListener(Resource gateway, JsonObject? current, ListenerVerdict listener) => new()
    {
        ["name"] = listener.Name,
        ["supportedKinds"] = new JsonArray([.. listener.Kinds.Select(ResourceJson.ToNode)]),
        ["attachedRoutes"] = listener.AttachedRoutes,
        ["conditions"] = Conditions(
            gateway, Find((Find(current, "listeners") ?? []).OfType<JsonObject>().FirstOrDefault(entry => (string?)entry["name"] == listener.Name), "conditions"), listener.Conditions),
    };

    private JsonObject OfPolicy(PolicyVerdict verdict)
    {
        var ancestors = new JsonArray([.. Ancestors(verdict.Policy).Where(ancestor => !IsOurs(ancestor)).Select(ancestor => ancestor.DeepClone())]);
        foreach (var gateway in verdict.Gateways)
        {
            var reference = new JsonObject
            {
                ["group"] = AttachedListener.Group,
                ["kind"] = "Gateway",
                ["namespace"] = gateway.Metadata.Namespace,
                ["name"] = gateway.Metadata.Name,
            };
            var before = Ancestors(verdict.Policy).FirstOrDefault(ancestor => IsOurs(ancestor) && JsonNode.DeepEquals(ancestor["ancestorRef"], reference));
            ancestors.Add(new JsonObject
            {
                ["ancestorRef"] = reference,
                ["controllerName"] = GatewayApiMesh.Controller,
                ["conditions"] = Conditions(verdict.Policy, Find(before, "conditions"), verdict.Conditions),
            });
        }

        return new JsonObject { ["ancestors"] = ancestors };
    }

    private JsonObject OfRoute(Resource route, IReadOnlyList<ParentVerdict> verdicts)
    {
        var parents = new JsonArray([.. Parents(route).Where(parent => !IsOurs(parent)).Select(parent => parent.DeepClone())]);
        foreach (var verdict in verdicts)
        {
            var reference = ResourceJson.ToNode(verdict.Parent);
            var before = Parents(route).FirstOrDefault(parent => IsOurs(parent) && JsonNode.DeepEquals(parent["parentRef"], reference));
            parents.Add(new JsonObject
            {
                ["parentRef"] = reference,
                ["controllerName"] = GatewayApiMesh.Controller,
                ["conditions"] = Conditions(route, Find(before, "conditions"), verdict.Conditions),
            });
        }

        return new JsonObject { ["parents"] = parents };
    }

    /// <summary>The conditions; one whose status is what it was keeps the time at which it became so.</summary>
    private JsonArray Conditions(Resource resource, JsonArray? current, IReadOnlyList<GatewayCondition> wanted)
    {
        var conditions = new JsonArray();
        foreach (var condition in wanted)
        {
            var value = condition.IsTrue ? "True" : "False";
            var before = current?.OfType<JsonObject>().FirstOrDefault(entry => (string?)entry["type"] == condition.Type);
            var node = new JsonObject { ["type"] = condition.Type, ["status"] = value };
            if (resource.Metadata.Generation is { } generation)
            {
                node["observedGeneration"] = generation;
            }

            node["lastTransitionTime"] = (string?)before?["status"] == value
                ? before["lastTransitionTime"]?.DeepClone()
                : clock.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            node["reason"] = condition.Reason;
            node["message"] = condition.Message;
            conditions.Add(node);
        }

        return conditions;
    }

    private static JsonObject? StatusOf(Resource resource) => ResourceJson.ToNode<object>(resource)["status"] as JsonObject;

    private static IEnumerable<JsonObject> Parents(Resource route) => (Find(StatusOf(route), "parents") ?? []).OfType<JsonObject>();

    private static IEnumerable<JsonObject> Ancestors(Resource policy) => (Find(StatusOf(policy), "ancestors") ?? []).OfType<JsonObject>();

    private static bool IsOurs(JsonObject parent) => (string?)parent["controllerName"] == GatewayApiMesh.Controller;

    private static JsonArray? Find(JsonObject? node, string name) => node?[name] as JsonArray;

    private async Task<bool> TryWriteAsync(Resource resource, ResourceKind kind, JsonObject status, CancellationToken cancellationToken)
    {
        var key = new ResourceKey(kind.Group, kind.Kind, resource.Metadata.Namespace, resource.Metadata.Name ?? "");
        try
        {
            // A list that is not there any more must go, and a merge patch only removes what it names.
            var patch = new JsonObject { ["status"] = status };
            if (kind.ClrType == typeof(KubernetesGateway) && status["addresses"] is null)
            {
                status["addresses"] = null;
            }

            await client.PatchAsync<JsonResource>(kind, key.Namespace, key.Name, PatchType.Merge, patch, "status", cancellationToken);
            return true;
        }
        catch (ApiException error) when (error.IsNotFound)
        {
            return true;
        }
        catch (Exception error) when (error is ApiException or HttpRequestException)
        {
            Log.NotWritten(logger, key, error.Message);
            return false;
        }
    }

    /// <summary>The answer to a patch, of which nothing is needed.</summary>
    private sealed record JsonResource : Resource;
}

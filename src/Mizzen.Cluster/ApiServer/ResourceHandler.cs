using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Mizzen.Cluster.ApiServer.Objects;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Cluster.ApiServer.Streaming;
using Mizzen.Cluster.ApiServer.Subresources;
using Mizzen.Cluster.Storage;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.ApiServer;

/// <summary>The verbs on collections, objects and subresources of any kind.</summary>
internal sealed class ResourceHandler(
    ObjectStore store,
    ObjectWriter writer,
    PatchHandler patches,
    ObjectDeletion deletion,
    ListHandler lists,
    ScaleHandler scales,
    BindingHandler bindings,
    EvictionHandler evictions,
    LogHandler logs,
    PodProxyHandler podProxy,
    ContainerStreamHandler containers,
    PortForwardHandler ports,
    TokenHandler tokens)
{
    private const string ProxyPath = "proxy/";

    public Task ServeAsync(ApiRequest request)
    {
        if (request.Kind.DeprecationWarning is { } warning && request.Http.Request.Method != "DELETE")
        {
            request.Warn(warning);
        }

        if (request.Kind.Refusal is { } refusal && (request.Http.Request.Method is "POST" or "PUT" or "PATCH"))
        {
            throw Errors.Refusal(403, "Forbidden", refusal, null);
        }

        if (request.Target.Subresource is not null)
        {
            return ServeSubresourceAsync(request, request.Target.Subresource);
        }

        return request.Target.Name is null ? ServeCollectionAsync(request) : ServeObjectAsync(request, WriteScope.Object);
    }

    private Task ServeCollectionAsync(ApiRequest request) => request.Http.Request.Method switch
    {
        "GET" or "HEAD" => lists.ServeAsync(request),
        "POST" => CreateAsync(request),
        "DELETE" => DeleteCollectionAsync(request),
        _ => throw Errors.MethodNotAllowed(),
    };

    private Task ServeObjectAsync(ApiRequest request, WriteScope scope) => request.Http.Request.Method switch
    {
        "GET" or "HEAD" when scope == WriteScope.Object && request.Flag("watch") => lists.ServeAsync(request),
        "GET" or "HEAD" => lists.ServeOneAsync(request, store.Find(request.Kind.Storage, request.Key) ?? throw Errors.NotFound(request.Kind, request.Name)),
        "PUT" => ReplaceAsync(request, scope),
        "PATCH" => PatchAsync(request, scope),
        "DELETE" when scope == WriteScope.Object => DeleteAsync(request),
        _ => throw Errors.MethodNotAllowed(),
    };

    private Task ServeSubresourceAsync(ApiRequest request, string subresource) => (request.Kind.Plural, subresource, request.Http.Request.Method) switch
    {
        (_, "status", _) when request.Kind.HasStatus => ServeObjectAsync(request, WriteScope.Status),
        (_, "scale", _) when request.Kind.Scale is not null => scales.ServeAsync(request),
        ("namespaces", "finalize", "PUT") when request.Kind.BuiltIn => ReplaceAsync(request, WriteScope.Finalize),
        ("pods", "binding", "POST") when request.Kind.BuiltIn => bindings.BindAsync(request),
        ("pods", "eviction", "POST") when request.Kind.BuiltIn => evictions.EvictAsync(request),
        ("pods", "log", "GET") when request.Kind.BuiltIn => logs.ServeAsync(request),
        ("serviceaccounts", "token", "POST") when request.Kind.BuiltIn => tokens.ServeAsync(request),
        ("pods", "proxy", _) when request.Kind.BuiltIn => podProxy.ServeAsync(request, ""),
        ("pods", _, _) when request.Kind.BuiltIn && subresource.StartsWith(ProxyPath, StringComparison.Ordinal) =>
            podProxy.ServeAsync(request, subresource[ProxyPath.Length..]),
        ("pods", "exec", "GET" or "POST") when request.Kind.BuiltIn => containers.ExecAsync(request),
        ("pods", "attach", "GET" or "POST") when request.Kind.BuiltIn => containers.AttachAsync(request),
        ("pods", "portforward", "GET" or "POST") when request.Kind.BuiltIn => ports.ServeAsync(request),
        _ => throw Errors.NoSuchResource(),
    };

    private async Task CreateAsync(ApiRequest request)
    {
        var options = WriteOptions.Read(request, "CreateOptions");
        var node = await ObjectDecoding.ReadAsync(request, options);
        if (request.Kind.Namespaced && request.Namespace.Length == 0)
        {
            throw Errors.BadRequest($"an object of kind {request.Kind.Kind} is created in a namespace: POST to /namespaces/{{namespace}}/{request.Kind.Plural}");
        }

        var created = await writer.CreateAsync(request, node, options);
        await lists.ServeOneAsync(request, created, StatusCodes.Status201Created);
    }

    private async Task ReplaceAsync(ApiRequest request, WriteScope scope)
    {
        var options = WriteOptions.Read(request, "UpdateOptions");
        var node = await ObjectDecoding.ReadAsync(request, options);
        var updated = await writer.UpdateAsync(request, scope, options, _ => (JsonObject)node.DeepClone());
        await lists.ServeOneAsync(request, updated);
    }

    private async Task PatchAsync(ApiRequest request, WriteScope scope)
    {
        var (patched, created) = await patches.PatchAsync(request, scope);
        await lists.ServeOneAsync(request, patched, created ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    private async Task DeleteAsync(ApiRequest request)
    {
        var (deleted, gone) = await deletion.DeleteAsync(request, request.Key, await DeletionOptions.ReadAsync(request));
        if (!gone || request.Kind.Is("", "pods"))
        {
            await lists.ServeOneAsync(request, deleted);
            return;
        }

        await Answer.StatusAsync(request.Http, new Status
        {
            Outcome = "Success",
            Details = new StatusDetails
            {
                Name = deleted.Key.Name,
                Group = request.Kind.Group.Length == 0 ? null : request.Kind.Group,
                Kind = request.Kind.Plural,
                Uid = deleted.Uid,
            },
        });
    }

    private async Task DeleteCollectionAsync(ApiRequest request)
    {
        var options = await DeletionOptions.ReadAsync(request);
        var query = ListQuery.Read(request);
        var snapshot = store.Snapshot(request.Kind.Storage);
        var deleted = new List<StoredObject>();
        foreach (var stored in query.Select(snapshot).ToList())
        {
            if (await TryDeleteAsync(request, stored, options))
            {
                deleted.Add(stored);
            }
        }

        await Answer.BytesAsync(
            request.Http, StatusCodes.Status200OK, Answer.Json, ObjectForm.List(request.Kind, deleted, store.Revision, null, null));
    }

    // Somebody else may have deleted it meanwhile, which is what was wanted.
    private async Task<bool> TryDeleteAsync(ApiRequest request, StoredObject stored, DeletionOptions options)
    {
        try
        {
            await deletion.DeleteAsync(request, stored.Key, options);
            return true;
        }
        catch (StatusException e) when (e.Code == StatusCodes.Status404NotFound)
        {
            return false;
        }
    }
}

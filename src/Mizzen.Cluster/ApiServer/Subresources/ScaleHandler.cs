using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Mizzen.Cluster.ApiServer.Kinds;
using Mizzen.Cluster.ApiServer.Objects;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Cluster.ApiServer.Selectors;
using Mizzen.Cluster.Storage;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.ApiServer.Subresources;

/// <summary>The scale subresource (<c>autoscaling/v1</c> Scale): the number of copies of any kind that has one.</summary>
internal sealed class ScaleHandler(ObjectStore store, ObjectWriter writer)
{
    public async Task ServeAsync(ApiRequest request)
    {
        var paths = request.Kind.Scale ?? throw Errors.NoSuchResource();
        var stored = await ServeVerbAsync(request, paths);
        await Answer.ObjectAsync(request.Http, StatusCodes.Status200OK, ScaleOf(ObjectForm.Node(request.Kind, stored), paths));
    }

    private async Task<StoredObject> ServeVerbAsync(ApiRequest request, ScalePaths paths)
    {
        switch (request.Http.Request.Method)
        {
            case "GET":
                return store.Find(request.Kind.Storage, request.Key) ?? throw Errors.NotFound(request.Kind, request.Name);
            case "PUT":
                var scale = await RequestBody.ReadObjectAsync(request.Http.Request, []);
                return await UpdateAsync(request, paths, _ => scale);
            case "PATCH":
                var body = await RequestBody.ReadBytesAsync(request.Http.Request);
                return await UpdateAsync(request, paths, PatchHandler.ChangeOf(request, body));
            default:
                throw Errors.MethodNotAllowed();
        }
    }

    private Task<StoredObject> UpdateAsync(ApiRequest request, ScalePaths paths, Func<JsonObject, JsonObject> change) =>
        writer.UpdateAsync(request, WriteScope.Object, WriteOptions.Read(request, "UpdateOptions"), node =>
        {
            var scale = change(ScaleOf(node, paths));
            var replicas = scale.Child("spec").Number("replicas") ?? 0;
            if (replicas < 0)
            {
                throw Errors.Invalid("Scale", "autoscaling", request.Name, [
                    new FieldError("spec.replicas", FieldErrorKind.Invalid, $"Invalid value: {replicas}: must be greater than or equal to 0"),
                ]);
            }

            node.Put(paths.SpecReplicas, replicas);
            node.Metadata().CopyFrom(scale.Metadata(), "resourceVersion");
            return node;
        });

    private static JsonObject ScaleOf(JsonObject node, ScalePaths paths)
    {
        var metadata = new JsonObject();
        foreach (var field in new[] { "name", "namespace", "uid", "resourceVersion", "creationTimestamp" })
        {
            metadata.CopyFrom(node.Metadata(), field);
        }

        var status = new JsonObject { ["replicas"] = node.At(paths.StatusReplicas)?.DeepClone() ?? 0 };
        var selector = paths.Selector is { } path ? node.At(path)?.ToString() : LabelSelection.Text(node.Child("spec").Child("selector"));
        if (!string.IsNullOrEmpty(selector))
        {
            status["selector"] = selector;
        }

        return new JsonObject
        {
            ["kind"] = "Scale",
            ["apiVersion"] = "autoscaling/v1",
            ["metadata"] = metadata,
            ["spec"] = new JsonObject { ["replicas"] = node.At(paths.SpecReplicas)?.DeepClone() ?? 0 },
            ["status"] = status,
        };
    }
}

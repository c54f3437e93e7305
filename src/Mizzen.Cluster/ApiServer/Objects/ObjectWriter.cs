using System.Text.Json.Nodes;
using Mizzen.Cluster.ApiServer.Admission;
using Mizzen.Cluster.ApiServer.Authorization;
using Mizzen.Cluster.ApiServer.Kinds;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Cluster.ApiServer.Strategies;
using Mizzen.Cluster.Expressions;
using Mizzen.Cluster.Storage;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.ApiServer.Objects;

/// <summary>
/// Creates and changes objects of any kind: complete, admit, validate, store. What kinds do differently stands in their
/// <see cref="KindStrategy"/>.
/// </summary>
internal sealed class ObjectWriter(ObjectStore store, StrategyTable strategies, AdmissionWebhooks webhooks, SchemaRules rules, EscalationCheck escalation, TimeProvider clock)
{
    private const int Attempts = 16;

    private readonly Dictionary<ResourceName, SemaphoreSlim> _gates = strategies.Allocating.ToDictionary(resource => resource, _ => new SemaphoreSlim(1));

    /// <summary>Stores a new object.</summary>
    /// <exception cref="StatusException">It exists already, is not valid, or somebody refuses it.</exception>
    public async Task<StoredObject> CreateAsync(ApiRequest request, JsonObject node, WriteOptions options)
    {
        RequireLivingNamespace(request);
        var metadata = node.Metadata();
        if (!string.IsNullOrEmpty(metadata.Text("resourceVersion")))
        {
            throw Errors.BadRequest("resourceVersion should not be set on objects to be created");
        }

        var prefix = string.IsNullOrEmpty(metadata.Text("name")) ? metadata.Text("generateName") : null;
        for (var attempt = 1; ; attempt++)
        {
            var candidate = (JsonObject)node.DeepClone();
            if (!string.IsNullOrEmpty(prefix))
            {
                candidate.Metadata()["name"] = NameRules.Generate(prefix);
            }

            if (await TryCreateAsync(request, candidate, options) is { } created)
            {
                return created;
            }

            if (string.IsNullOrEmpty(prefix) || attempt == Attempts)
            {
                throw Errors.AlreadyExists(request.Kind, candidate.Metadata().Text("name")!);
            }
        }
    }

    /// <summary>Changes an object.</summary>
    /// <param name="request">The request, which names the object.</param>
    /// <param name="scope">What may change.</param>
    /// <param name="options">The write's options.</param>
    /// <param name="change">From the object as it is, in the version of the path, to what it should be; called again when somebody was quicker.</param>
    /// <exception cref="StatusException">It does not exist, was changed meanwhile, is not valid, or somebody refuses the change.</exception>
    public async Task<StoredObject> UpdateAsync(ApiRequest request, WriteScope scope, WriteOptions options, Func<JsonObject, JsonObject> change)
    {
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            var current = store.Find(request.Kind.Storage, request.Key) ?? throw Errors.NotFound(request.Kind, request.Name);
            if (await TryUpdateAsync(request, scope, options, current, change) is { } written)
            {
                return written;
            }
        }

        throw Errors.Modified(request.Kind, request.Name);
    }

    private async Task<StoredObject?> TryCreateAsync(ApiRequest request, JsonObject node, WriteOptions options)
    {
        var kind = request.Kind;
        var strategy = strategies.Of(kind);
        if (kind.HasStatus && !strategy.KeepsStatusOnCreate)
        {
            node.Remove("status");
        }

        ObjectState.StampNew(kind, node.Metadata(), request.Namespace, clock.GetUtcNow());
        Complete(kind, strategy, node);
        strategy.PrepareCreate(node);
        strategy.Admit(node);
        var attributes = AdmissionAttributes.Of(request, "CREATE", node.Metadata().Text("name") ?? "", options.DryRun);
        if (await webhooks.MutateAsync(attributes, node, null, request.Aborted))
        {
            Complete(kind, strategy, node);
            strategy.Admit(node);
        }

        Validate(request, strategy, node, null);
        escalation.Check(request, node);
        await webhooks.ValidateAsync(attributes, node, null, request.Aborted);
        FieldOwnership.Record(request, WriteScope.Object, null, node, options, clock.GetUtcNow());
        return await StoreAsync(request, strategy, node, null, options);
    }

    private async Task<StoredObject?> TryUpdateAsync(
        ApiRequest request, WriteScope scope, WriteOptions options, StoredObject current, Func<JsonObject, JsonObject> change)
    {
        var kind = request.Kind;
        var strategy = strategies.Of(kind);
        var old = current.ToNode();
        var proposed = change(InVersion(kind, current.ToNode()));
        ObjectState.RequireSameVersion(request, proposed, current);
        var node = ObjectState.Restrict(kind, scope, proposed, old);
        Complete(kind, strategy, node);
        ObjectState.RestoreSystemFields(node.Metadata(), old.Metadata());
        if (scope == WriteScope.Object)
        {
            strategy.PrepareUpdate(node, old);
        }

        var attributes = AdmissionAttributes.Of(request, "UPDATE", request.Name, options.DryRun);
        if (await webhooks.MutateAsync(attributes, node, old, request.Aborted))
        {
            Complete(kind, strategy, node);
            ObjectState.RestoreSystemFields(node.Metadata(), old.Metadata());
        }

        Validate(request, strategy, node, old);
        escalation.Check(request, node);
        await webhooks.ValidateAsync(attributes, node, old, request.Aborted);
        FieldOwnership.Record(request, scope, old, node, options, clock.GetUtcNow());
        if (!FieldOwnership.Differs(node, old) && ObjectState.IsSame(node, old))
        {
            return current;
        }

        CountGeneration(kind, node, old);
        return await StoreAsync(request, strategy, node, current, options);
    }

    // What a decoder of Kubernetes would do to any object: known fields only, no nulls, defaults.
    private static void Complete(ServedKind kind, KindStrategy strategy, JsonObject node)
    {
        if (kind is { BuiltIn: true, IsStorageVersion: false })
        {
            WorkloadStrategy.SelectByTemplate(node);
        }

        node["apiVersion"] = kind.StorageApiVersion;
        node["kind"] = kind.Kind;
        SchemaValidation.Prune(kind.Schema, node);
        if (kind.BuiltIn)
        {
            node.DropNulls();
        }
        else
        {
            node.Metadata().DropNulls();
        }

        SchemaValidation.ApplyDefaults(kind.Schema, node);
        strategy.ApplyDefaults(node);
    }

    private void Validate(ApiRequest request, KindStrategy strategy, JsonObject node, JsonObject? old)
    {
        var kind = request.Kind;
        var errors = new List<FieldError>();
        NameRules.Check(kind, node.Metadata(), errors);
        if (old is not null)
        {
            ObjectState.CheckFinalizers(node.Metadata(), old.Metadata(), errors);
        }

        errors.AddRange(SchemaValidation.Validate(kind.Schema, node));
        if (errors.Count == 0)
        {
            errors.AddRange(kind.HasRules ? rules.Check(kind.Schema, node, old) : []);
            strategy.Validate(node, old, errors);
        }

        if (errors.Count > 0)
        {
            throw Errors.Invalid(kind, node.Metadata().Text("name") ?? "", errors);
        }

        foreach (var warning in strategy.Warnings(node))
        {
            request.Warn(warning);
        }
    }

    private static void CountGeneration(ServedKind kind, JsonObject node, JsonObject old)
    {
        if (kind.CountsGenerations && !ObjectState.IsSameIntent(kind, node, old))
        {
            node.Metadata()["generation"] = (old.Metadata().Number("generation") ?? 0) + 1;
        }
    }

    private static JsonObject InVersion(ServedKind kind, JsonObject node)
    {
        node["apiVersion"] = kind.ApiVersion;
        return node;
    }

    private async Task<StoredObject?> StoreAsync(ApiRequest request, KindStrategy strategy, JsonObject node, StoredObject? current, WriteOptions options)
    {
        if (!_gates.TryGetValue(request.Kind.Storage, out var gate))
        {
            return await StoreNowAsync(request, strategy, node, current, options);
        }

        await gate.WaitAsync(request.Aborted);
        try
        {
            strategy.Allocate(node, current?.ToNode());
            return await StoreNowAsync(request, strategy, node, current, options);
        }
        finally
        {
            gate.Release();
        }
    }

    private async Task<StoredObject?> StoreNowAsync(ApiRequest request, KindStrategy strategy, JsonObject node, StoredObject? current, WriteOptions options)
    {
        var kind = request.Kind;
        var key = new ObjectKey(request.Namespace, node.Metadata().Text("name")!);
        if (options.DryRun)
        {
            return current is null && store.Find(kind.Storage, key) is not null ? null : new StoredObject(key, current?.Revision ?? 0, JsonBytes.Of(node));
        }

        var value = current is not null && ObjectState.MayVanish(kind, node) ? null : node;
        var outcome = await store.WriteAsync(new StoreWrite(kind.Storage, key, current?.Revision ?? 0, value));
        if (outcome.Written is { } written && current is null)
        {
            await strategy.CreatedAsync(written);
        }

        return outcome.Written;
    }

    private void RequireLivingNamespace(ApiRequest request)
    {
        if (!request.Kind.Namespaced)
        {
            return;
        }

        var ns = store.Find(NamespaceStrategy.Resource, new ObjectKey("", request.Namespace));
        if (ns is null)
        {
            throw Errors.NotFound("", "namespaces", request.Namespace);
        }

        if (ns.ToNode().Metadata()["deletionTimestamp"] is not null)
        {
            throw Errors.Forbidden(
                request.Kind,
                request.Target.Name ?? "",
                $"unable to create new content in namespace {request.Namespace} because it is being terminated",
                new Mizzen.Resources.Meta.StatusCause
                {
                    Reason = "NamespaceTerminating",
                    Message = $"namespace {request.Namespace} is being terminated",
                    Field = "metadata.namespace",
                });
        }
    }
}

using System.Text.Json.Nodes;
using Mizzen.Cluster.Storage;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.ApiServer.Strategies;

/// <summary>
/// What one kind does differently from all others. Everything else (names, versions, generations, finalizers, managed fields) is
/// the same for every kind and stands in <see cref="Objects.ObjectWriter"/>.
/// </summary>
internal abstract class KindStrategy
{
    /// <summary>Fills fields that clients rely on; called on every write, so it must not change what is set.</summary>
    public virtual void ApplyDefaults(JsonObject node)
    {
    }

    /// <summary>Shapes a new object before webhooks see it.</summary>
    public virtual void PrepareCreate(JsonObject node)
    {
    }

    /// <summary>Shapes a changed object: restores what this kind does not let change in silence.</summary>
    public virtual void PrepareUpdate(JsonObject node, JsonObject old)
    {
    }

    /// <summary>Completes a new object from others; called before the webhooks and again when they have changed it.</summary>
    public virtual void Admit(JsonObject node)
    {
    }

    /// <summary>Checks what the schema cannot say.</summary>
    public virtual void Validate(JsonObject node, JsonObject? old, List<FieldError> errors)
    {
    }

    /// <summary>What to tell the client about an object that is accepted.</summary>
    public virtual IEnumerable<string> Warnings(JsonObject node) => [];

    /// <summary>Takes what there is only once, such as addresses; writes of such kinds go one at a time.</summary>
    public virtual void Allocate(JsonObject node, JsonObject? old)
    {
    }

    /// <summary>Makes what always comes with an object of the kind, once it is stored.</summary>
    public virtual Task CreatedAsync(StoredObject created) => Task.CompletedTask;

    /// <summary>Whether <see cref="Allocate"/> must see all earlier writes of the kind.</summary>
    public virtual bool Allocates => false;

    /// <summary>Whether a status that comes with a new object is kept.</summary>
    public virtual bool KeepsStatusOnCreate => false;
}

/// <summary>A kind without particularities.</summary>
internal sealed class PlainStrategy : KindStrategy
{
    public static readonly PlainStrategy Instance = new();
}

using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers;

/// <summary>Namespace and name of an object whose kind is known from the context; the namespace is empty for objects of the whole cluster.</summary>
internal readonly record struct ObjectName(string Namespace, string Name)
{
    public static ObjectName Of(Resource resource) => Of(resource.Metadata);

    public static ObjectName Of(ObjectMeta metadata) => new(metadata.Namespace ?? "", metadata.Name ?? "");

    public override string ToString() => Namespace.Length == 0 ? Name : $"{Namespace}/{Name}";
}

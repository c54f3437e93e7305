using System.Reflection;
using Envoy.Config.Cluster.V3;
using Google.Protobuf.Reflection;

namespace Mizzen.ControlPlane.Model;

/// <summary>The messages of xDS that proxies here understand.</summary>
internal static class MessageTypes
{
    private static readonly Lazy<TypeRegistry> All = new(() => TypeRegistry.FromFiles(typeof(Cluster).Assembly.GetTypes()
        .Where(type => type.Name.EndsWith("Reflection", StringComparison.Ordinal))
        .Select(type => type.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)?.GetValue(null))
        .OfType<FileDescriptor>()));

    /// <summary>By full name, as in <c>google.protobuf.Any</c>.</summary>
    public static TypeRegistry Registry => All.Value;
}

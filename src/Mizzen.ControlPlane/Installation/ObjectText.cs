using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.ControlPlane.Installation;

/// <summary>Short forms for what the installation's objects have in common.</summary>
internal static class ObjectText
{
    public static Dictionary<string, string> Labels(params (string Name, string Value)[] labels) =>
        labels.ToDictionary(label => label.Name, label => label.Value, StringComparer.Ordinal);

    public static ObjectMeta Meta(string name, string? ns, Dictionary<string, string> labels) => new() { Name = name, Namespace = ns, Labels = labels };

    public static ServicePort Port(string name, int port, int? target = null, string protocol = "TCP") =>
        new() { Name = name, Port = port, Protocol = protocol, TargetPort = target };

    public static EnvVar Value(string name, string value) => new() { Name = name, Value = value };

    public static EnvVar Field(string name, string path) =>
        new() { Name = name, ValueFrom = new EnvVarSource { FieldRef = new ObjectFieldSelector { FieldPath = path } } };
}

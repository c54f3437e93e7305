using System.Text.Json.Nodes;
using Mizzen.Cluster.ApiServer.Objects;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.ApiServer.Strategies;

/// <summary>Mistakes in a Service's specification that its schema cannot name.</summary>
internal static class ServiceRules
{
    private const int HighestPort = 65535;

    public static void Check(JsonObject spec, List<FieldError> errors)
    {
        var ports = spec.Items("ports").ToList();
        if (ports.Count == 0 && spec.Text("type") != "ExternalName" && spec.Text("clusterIP") != "None")
        {
            errors.Add(new FieldError("spec.ports", FieldErrorKind.Required, "Required value"));
        }

        if (spec.Text("type") == "ExternalName" && string.IsNullOrEmpty(spec.Text("externalName")))
        {
            errors.Add(new FieldError("spec.externalName", FieldErrorKind.Required, "Required value"));
        }

        CheckPorts(ports, errors);
    }

    private static void CheckPorts(List<JsonObject> ports, List<FieldError> errors)
    {
        var numbers = new HashSet<(long?, string?)>();
        var names = new HashSet<string>();
        for (var i = 0; i < ports.Count; i++)
        {
            var path = $"spec.ports[{i}]";
            var port = ports[i];
            if (port.Number("port") is null or < 1 or > HighestPort)
            {
                errors.Add(new FieldError($"{path}.port", FieldErrorKind.Invalid, $"Invalid value: {port["port"] ?? 0}: must be between 1 and {HighestPort}, inclusive"));
            }

            if (!numbers.Add((port.Number("port"), port.Text("protocol"))))
            {
                errors.Add(new FieldError(path, FieldErrorKind.Duplicate, $"Duplicate value: {port.ToJsonString()}"));
            }

            CheckName(port.Text("name") ?? "", path, ports.Count, names, errors);
        }
    }

    private static void CheckName(string name, string path, int count, HashSet<string> names, List<FieldError> errors)
    {
        if (name.Length == 0 && count > 1)
        {
            errors.Add(new FieldError($"{path}.name", FieldErrorKind.Required, "Required value"));
        }
        else if (name.Length > 0 && !names.Add(name))
        {
            errors.Add(new FieldError($"{path}.name", FieldErrorKind.Duplicate, $"Duplicate value: \"{name}\""));
        }
    }
}

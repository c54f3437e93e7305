using System.Text.Json.Nodes;
using Mizzen.Cluster.ApiServer.Objects;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.ApiServer.Strategies;

/// <summary>Mistakes in a pod's specification that its schema cannot name.</summary>
internal static class PodRules
{
    public static void Check(JsonObject spec, string path, List<FieldError> errors)
    {
        if (!spec.Items("containers").Any())
        {
            errors.Add(new FieldError($"{path}.containers", FieldErrorKind.Required, "Required value"));
        }

        var volumes = spec.Items("volumes").Select(volume => volume.Text("name")).ToHashSet();
        var names = new HashSet<string>();
        foreach (var list in new[] { "initContainers", "containers" })
        {
            var i = 0;
            foreach (var container in spec.Items(list))
            {
                CheckContainer(container, $"{path}.{list}[{i++}]", names, volumes, errors);
            }
        }
    }

    private static void CheckContainer(JsonObject container, string path, HashSet<string> names, HashSet<string?> volumes, List<FieldError> errors)
    {
        if (container.Text("name") is { Length: > 0 } name && !names.Add(name))
        {
            errors.Add(new FieldError($"{path}.name", FieldErrorKind.Duplicate, $"Duplicate value: \"{name}\""));
        }

        if (string.IsNullOrEmpty(container.Text("image")))
        {
            errors.Add(new FieldError($"{path}.image", FieldErrorKind.Required, "Required value"));
        }

        var i = 0;
        foreach (var mount in container.Items("volumeMounts"))
        {
            if (mount.Text("name") is { } volume && !volumes.Contains(volume))
            {
                errors.Add(new FieldError($"{path}.volumeMounts[{i}].name", FieldErrorKind.Invalid, $"Not found: \"{volume}\""));
            }

            i++;
        }
    }
}

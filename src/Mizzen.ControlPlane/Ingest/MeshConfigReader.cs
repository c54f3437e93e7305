using System.Text.Json;
using Mizzen.Resources;
using Mizzen.Resources.Core;
using Mizzen.Resources.Mesh;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Ingest;

/// <summary>The MeshConfig in its ConfigMap. One that cannot be read leaves the last good one in force.</summary>
internal sealed class MeshConfigReader(MeshSourceOptions options)
{
    private const string Key = "mesh";
    private MeshConfig _last = new() { RootNamespace = options.RootNamespace };
    private string? _text;

    /// <summary>What is wrong with the text of the last <see cref="Read"/>.</summary>
    public IReadOnlyList<Problem> Problems { get; private set; } = [];

    /// <summary>The settings; the same object as before when the text has not changed.</summary>
    public MeshConfig Read(IEnumerable<ConfigMap> maps)
    {
        var text = maps.FirstOrDefault(map => map.Metadata.Name == options.MeshConfigMap)?.Data?.GetValueOrDefault(Key) ?? "";
        if (text == _text)
        {
            return _last;
        }

        _text = text;
        try
        {
            var read = ResourceReader.ReadValue(text, Key) is { } node ? ResourceJson.FromNode<MeshConfig>(node) : new MeshConfig();
            _last = read with { RootNamespace = read.RootNamespace ?? options.RootNamespace };
            Problems = [];
        }
        catch (Exception error) when (error is FormatException or JsonException)
        {
            Problems = [new Problem(IstioCodes.SchemaValidationError, ConfigMapKey, "data.mesh", error.Message, "correct it; until then the settings before it stay in force")];
        }

        return _last;
    }

    private ResourceKey ConfigMapKey => new("", "ConfigMap", options.RootNamespace, options.MeshConfigMap);
}

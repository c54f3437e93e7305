using System.Text.Json;
using System.Text.Json.Serialization;
using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.ApiExtensions;

/// <summary>Teaches the API server a kind (<c>apiextensions.k8s.io/v1</c> CustomResourceDefinition).</summary>
public sealed record CustomResourceDefinition : Resource
{
    public CustomResourceDefinitionSpec? Spec { get; init; }

    public CustomResourceDefinitionStatus? Status { get; init; }
}

public sealed record CustomResourceDefinitionSpec
{
    public required string Group { get; init; }

    public CustomResourceNames? Names { get; init; }

    /// <summary>Cluster or Namespaced.</summary>
    public string? Scope { get; init; }

    public IReadOnlyList<CustomResourceVersion>? Versions { get; init; }

    public CustomResourceConversion? Conversion { get; init; }

    public bool? PreserveUnknownFields { get; init; }
}

public sealed record CustomResourceNames
{
    public required string Plural { get; init; }

    public string? Singular { get; init; }

    public IReadOnlyList<string>? ShortNames { get; init; }

    public required string Kind { get; init; }

    public string? ListKind { get; init; }

    public IReadOnlyList<string>? Categories { get; init; }
}

public sealed record CustomResourceVersion
{
    public required string Name { get; init; }

    public bool Served { get; init; }

    public bool Storage { get; init; }

    public bool? Deprecated { get; init; }

    public string? DeprecationWarning { get; init; }

    public CustomResourceValidation? Schema { get; init; }

    public CustomResourceSubresources? Subresources { get; init; }

    public IReadOnlyList<PrinterColumn>? AdditionalPrinterColumns { get; init; }

    public IReadOnlyList<SelectableField>? SelectableFields { get; init; }
}

public sealed record CustomResourceValidation
{
    [JsonPropertyName("openAPIV3Schema")]
    public JsonElement? OpenApiV3Schema { get; init; }
}

public sealed record CustomResourceSubresources
{
    public JsonElement? Status { get; init; }

    public CustomResourceScale? Scale { get; init; }
}

public sealed record CustomResourceScale
{
    public required string SpecReplicasPath { get; init; }

    public required string StatusReplicasPath { get; init; }

    public string? LabelSelectorPath { get; init; }
}

/// <summary>A column that <c>kubectl get</c> shows.</summary>
public sealed record PrinterColumn
{
    public required string Name { get; init; }

    /// <summary>string, integer, number, boolean or date.</summary>
    public required string Type { get; init; }

    public string? Format { get; init; }

    public string? Description { get; init; }

    /// <summary>0 is always shown, higher only with <c>-o wide</c>.</summary>
    public int? Priority { get; init; }

    public required string JsonPath { get; init; }
}

public sealed record SelectableField
{
    public required string JsonPath { get; init; }
}

public sealed record CustomResourceConversion
{
    /// <summary>None or Webhook.</summary>
    public string? Strategy { get; init; }

    public JsonElement? Webhook { get; init; }
}

public sealed record CustomResourceDefinitionStatus
{
    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

    public CustomResourceNames? AcceptedNames { get; init; }

    public IReadOnlyList<string>? StoredVersions { get; init; }
}

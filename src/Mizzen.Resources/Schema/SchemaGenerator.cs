using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Schema;

/// <summary>Makes the structural schema of a record: its properties are the fields, its attributes how they merge.</summary>
public static class SchemaGenerator
{
    private static readonly ConcurrentDictionary<Type, StructuralSchema> Schemas = new();

    /// <summary>The schema of a kind or of any part of one; made once.</summary>
    public static StructuralSchema For(Type type) => Schemas.GetOrAdd(type, static wanted => ForObject(wanted));

    private static StructuralSchema ForObject(Type type)
    {
        var properties = type.GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(IsField).ToList();
        return new StructuralSchema
        {
            Type = SchemaType.Object,
            Definition = DefinitionNames.Of(type),
            AtomicMap = type.GetCustomAttribute<AtomicMapAttribute>() is not null,
            Properties = properties.ToDictionary(NameOf, ForProperty),
            Required = [.. properties.Where(IsRequired).Select(NameOf)],
        };
    }

    private static bool IsField(PropertyInfo property) =>
        property.Name != "EqualityContract" && property.GetCustomAttribute<JsonIgnoreAttribute>() is null;

    private static bool IsRequired(PropertyInfo property) =>
        property.GetCustomAttribute<System.Runtime.CompilerServices.RequiredMemberAttribute>() is not null;

    private static string NameOf(PropertyInfo property) =>
        property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name);

    private static StructuralSchema ForProperty(PropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (ElementOf(type, typeof(IReadOnlyList<>)) is [var item])
        {
            return ForList(property, item);
        }

        if (ElementOf(type, typeof(IReadOnlyDictionary<,>)) is [_, var value])
        {
            return new StructuralSchema
            {
                Type = SchemaType.Object,
                AdditionalProperties = ForValue(value, null),
                AtomicMap = property.GetCustomAttribute<AtomicMapAttribute>() is not null,
            };
        }

        return ForValue(type, property);
    }

    private static StructuralSchema ForList(PropertyInfo property, Type item)
    {
        var map = property.GetCustomAttribute<ListMapAttribute>();
        var merge = property.GetCustomAttribute<PatchMergeAttribute>();
        return new StructuralSchema
        {
            Type = SchemaType.Array,
            Items = ForValue(item, null),
            ListType = map is not null ? ListType.Map : property.GetCustomAttribute<ListSetAttribute>() is not null ? ListType.Set : ListType.Atomic,
            ListMapKeys = map?.Keys ?? [],
            PatchMerge = merge is not null,
            PatchMergeKey = merge?.Key,
            PatchRetainKeys = property.GetCustomAttribute<PatchRetainKeysAttribute>() is not null,
        };
    }

    private static StructuralSchema ForValue(Type type, PropertyInfo? property)
    {
        if (type == typeof(JsonElement))
        {
            return StructuralSchema.FreeForm;
        }

        if (ElementOf(type, typeof(IReadOnlyList<>)) is [var item])
        {
            return new StructuralSchema { Type = SchemaType.Array, Items = ForValue(item, null) };
        }

        return ScalarOf(type) is var (scalar, format)
            ? new StructuralSchema
            {
                Type = scalar,
                Format = format,
                Enum = property?.GetCustomAttribute<AllowedValuesAttribute>()?.Values,
                Default = property?.GetCustomAttribute<DefaultAttribute>() is { } value ? JsonValue.Create(value.Value) : null,
            }
            : ForPart(type, property);
    }

    private static StructuralSchema ForPart(Type type, PropertyInfo? property) =>
        property?.GetCustomAttribute<PatchRetainKeysAttribute>() is null ? For(type) : For(type) with { PatchRetainKeys = true };

    private static (SchemaType Type, string? Format)? ScalarOf(Type type)
    {
        if (type == typeof(IntOrString))
        {
            return (SchemaType.IntOrString, null);
        }

        if (type == typeof(DateTimeOffset))
        {
            return (SchemaType.String, "date-time");
        }

        return Type.GetTypeCode(type) switch
        {
            TypeCode.String => (SchemaType.String, null),
            TypeCode.Boolean => (SchemaType.Boolean, null),
            TypeCode.Int32 => (SchemaType.Integer, "int32"),
            TypeCode.Int64 => (SchemaType.Integer, "int64"),
            TypeCode.Double => (SchemaType.Number, "double"),
            _ => null,
        };
    }

    private static Type[]? ElementOf(Type type, Type definition) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == definition ? type.GetGenericArguments() : null;
}

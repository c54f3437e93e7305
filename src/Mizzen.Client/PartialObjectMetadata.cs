using Mizzen.Resources.Meta;

namespace Mizzen.Client;

/// <summary>
/// An object of any kind of which only the metadata matters (<c>meta/v1</c> PartialObjectMetadata). It has no kind of its own: it is
/// read through the members that take one.
/// </summary>
public sealed record PartialObjectMetadata : Resource;

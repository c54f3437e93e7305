namespace Mizzen.Client;

/// <summary>The forms of a patch.</summary>
public enum PatchType
{
    /// <summary>RFC 7396.</summary>
    Merge,

    /// <summary>RFC 6902.</summary>
    Json,

    /// <summary>Kubernetes' merge that knows lists by their keys; built-in kinds only.</summary>
    Strategic,
}

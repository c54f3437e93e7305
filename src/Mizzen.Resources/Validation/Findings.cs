using Mizzen.Resources.Meta;
using Mizzen.Resources.Reading;

namespace Mizzen.Resources.Validation;

/// <summary>Collects what is found about one object.</summary>
internal sealed class Findings(ResourceKey key)
{
    private readonly List<Problem> _all = [];

    public IReadOnlyList<Problem> All => _all;

    public void Error(string path, string text, string? fix = null) => _all.Add(new Problem(IstioCodes.SchemaValidationError, key, path, text, fix));

    public void Warn(string path, string text, string? fix = null) => _all.Add(new Problem(IstioCodes.SchemaWarning, key, path, text, fix));
}

using System.Globalization;
using System.Text;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Reading;

/// <summary>Something wrong with what a user wrote: where it is, what it is, and the way out.</summary>
/// <param name="Code">A stable code, listed in docs/errors.md (Istio's own codes where Istio has one).</param>
/// <param name="Key">The object; null when the text did not get as far as one.</param>
/// <param name="Path">The field: <c>spec.http[0].route[1].weight</c>; empty when it is about the whole.</param>
/// <param name="Text">What is wrong.</param>
/// <param name="Fix">What to do; null when the text says it all.</param>
/// <param name="Line">The line in the source, from 1; null when it is not known.</param>
/// <param name="Source">The file; null when it did not come from one.</param>
public sealed record Problem(string Code, ResourceKey? Key, string Path, string Text, string? Fix = null, int? Line = null, string? Source = null)
{
    /// <summary><c>file.yaml:12: VirtualService default/reviews: spec.http[0].timeout: … (fix: …) [MZ0104]</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        if (Source is not null)
        {
            text.Append(Source);
            text.Append(Line is { } line ? string.Create(CultureInfo.InvariantCulture, $":{line}: ") : ": ");
        }

        if (Key is not null)
        {
            text.Append(Key).Append(": ");
        }

        if (Path.Length > 0)
        {
            text.Append(Path).Append(": ");
        }

        text.Append(Text);
        if (Fix is not null)
        {
            text.Append("; ").Append(Fix);
        }

        return text.Append(" [").Append(Code).Append(']').ToString();
    }
}

using System.Globalization;

namespace Mizzen.Terminal;

/// <summary>Says what a long start is doing: one line a finished stage, with the time since the start.</summary>
internal sealed class Progress(TextWriter output, TimeProvider clock)
{
    private readonly long _start = clock.GetTimestamp();

    /// <summary>Reports a finished stage.</summary>
    public void Done(string stage) =>
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {clock.GetElapsedTime(_start).TotalSeconds,5:0.0} s  {stage}"));

    public void Say(string text) => output.WriteLine(text);
}

using System.Globalization;
using System.Text;

namespace Mizzen.Cluster.Node;

/// <summary>
/// What a container writes, line by line in the format that container runtimes share (CRI): time, stream, F for the end of a line or P
/// for a part of a long one, text. One file per run; the last two runs are kept, and of a run the last <see cref="MostBytes"/> or more.
/// </summary>
internal sealed class ContainerLog : IDisposable
{
    /// <summary>A file that has grown beyond this is set aside, and the one set aside before is forgotten.</summary>
    public const long MostBytes = 10 * 1024 * 1024;

    /// <summary>Longer lines come in parts.</summary>
    public const int LongestPart = 16 * 1024;

    private readonly Lock _lock = new();
    private readonly string _folder;
    private readonly int _run;
    private readonly TimeProvider _clock;
    private FileStream _file;
    private long _length;

    public ContainerLog(string folder, int run, TimeProvider clock)
    {
        (_folder, _run, _clock) = (folder, run, clock);
        Directory.CreateDirectory(folder);
        _file = Open();
    }

    private string Path => FileOf(_folder, _run);

    public static string FileOf(string folder, int run) => System.IO.Path.Combine(folder, run.ToString(CultureInfo.InvariantCulture) + ".log");

    /// <summary>The earlier part of a run that wrote much.</summary>
    public static string SetAside(string file) => file + ".1";

    /// <summary>Copies a stream to its end.</summary>
    public async Task CopyAsync(Stream output, string stream)
    {
        var buffer = new byte[LongestPart];
        var filled = 0;
        int read;
        while ((read = await output.ReadAsync(buffer.AsMemory(filled))) > 0)
        {
            filled += read;
            var taken = Write(buffer.AsSpan(0, filled), stream);
            buffer.AsSpan(taken, filled - taken).CopyTo(buffer);
            filled -= taken;
        }

        if (filled > 0)
        {
            Write([.. buffer.AsSpan(0, filled), (byte)'\n'], stream);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _file.Dispose();
        }

        if (_run > 1)
        {
            var forgotten = FileOf(_folder, _run - 2);
            File.Delete(forgotten);
            File.Delete(SetAside(forgotten));
        }
    }

    /// <summary>Writes the whole lines, or the part of one that fills the buffer; how many bytes that took.</summary>
    private int Write(ReadOnlySpan<byte> text, string stream)
    {
        var head = Encoding.ASCII.GetBytes(_clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture) + " " + stream);
        var taken = 0;
        lock (_lock)
        {
            if (!_file.CanWrite)
            {
                // The container has ended; what its children still say has nowhere to go.
                return text.Length;
            }

            for (int end; (end = text[taken..].IndexOf((byte)'\n')) >= 0; taken += end + 1)
            {
                WriteLine(head, " F "u8, text.Slice(taken, end));
            }

            if (taken == 0 && text.Length == LongestPart)
            {
                WriteLine(head, " P "u8, text);
                taken = text.Length;
            }

            _file.Flush();
            RotateIfLong();
        }

        return taken;
    }

    private void WriteLine(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> text)
    {
        _file.Write(head);
        _file.Write(tag);
        _file.Write(text);
        _file.Write("\n"u8);
        _length += head.Length + tag.Length + text.Length + 1;
    }

    private void RotateIfLong()
    {
        if (_length <= MostBytes)
        {
            return;
        }

        _file.Dispose();
        File.Move(Path, SetAside(Path), overwrite: true);
        _file = Open();
        _length = 0;
    }

    private FileStream Open() => new(Path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
}

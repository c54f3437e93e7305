using System.Globalization;
using System.Text;

namespace Mizzen.Cluster.Node;

/// <summary>
/// What a container writes, line by line in the format that container runtimes share (CRI): time, stream, F, text. One file per run;
/// the last two runs are kept.
/// </summary>
internal sealed class ContainerLog(string folder, int run, TimeProvider clock) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly StreamWriter _file = Open(FileOf(folder, run));

    public static string FileOf(string folder, int run) => Path.Combine(folder, run.ToString(CultureInfo.InvariantCulture) + ".log");

    /// <summary>Copies a stream to its end.</summary>
    public async Task CopyAsync(StreamReader reader, string stream)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            var time = clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture);
            lock (_lock)
            {
                _file.Write(time);
                _file.Write(' ');
                _file.Write(stream);
                _file.Write(" F ");
                _file.Write(line);
                _file.Write('\n');
                _file.Flush();
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _file.Dispose();
        }

        if (run > 1)
        {
            File.Delete(FileOf(folder, run - 2));
        }
    }

    private static StreamWriter Open(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        return new StreamWriter(new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.ReadWrite), new UTF8Encoding(false));
    }
}

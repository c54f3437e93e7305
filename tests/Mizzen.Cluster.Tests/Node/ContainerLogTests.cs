using System.Text;
using Microsoft.Extensions.Time.Testing;
using Mizzen.Cluster.Node;

namespace Mizzen.Cluster.Tests.Node;

public sealed class ContainerLogTests : IDisposable
{
    private const string Head = "2026-01-02T03:04:05.000000000Z stdout ";

    private readonly string _folder = Directory.CreateTempSubdirectory("mizzen-log-").FullName;
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("one\ntwo\n", Head + "F one\n" + Head + "F two\n")]
    [InlineData("no end", Head + "F no end\n")]
    [InlineData("\n\n", Head + "F \n" + Head + "F \n")]
    [InlineData("", "")]
    public async Task Lines_get_time_stream_and_tag(string written, string stored) => Assert.Equal(stored, await LoggedAsync(Encoding.UTF8.GetBytes(written)));

    [Fact]
    public async Task A_long_line_comes_in_parts()
    {
        var long1 = new string('a', ContainerLog.LongestPart);

        Assert.Equal($"{Head}P {long1}\n{Head}F bc\n", await LoggedAsync(Encoding.UTF8.GetBytes(long1 + "bc\n")));
    }

    [Fact]
    public async Task Bytes_that_are_no_text_stay_as_they_are()
    {
        await LoggedAsync([0xff, 0xfe, (byte)'\n']);

        Assert.Equal([.. Encoding.ASCII.GetBytes(Head + "F "), 0xff, 0xfe, (byte)'\n'], await File.ReadAllBytesAsync(ContainerLog.FileOf(_folder, 0), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_a_run_keeps_is_bounded()
    {
        var line = Encoding.ASCII.GetBytes(new string('x', 1000) + "\n");
        using var much = new MemoryStream();
        for (var i = 0; i < 3 * ContainerLog.MostBytes / line.Length; i++)
        {
            much.Write(line);
        }

        await LoggedAsync(much.ToArray());

        var kept = new DirectoryInfo(_folder).EnumerateFiles().Sum(file => file.Length);
        Assert.InRange(kept, ContainerLog.MostBytes, 2 * ContainerLog.MostBytes + 64 * 1024);
    }

    [Fact]
    public void Of_many_runs_the_last_two_are_kept()
    {
        for (var run = 0; run < 5; run++)
        {
            new ContainerLog(_folder, run, _clock).Dispose();
        }

        Assert.Equal(["3.log", "4.log"], Directory.EnumerateFiles(_folder).Select(Path.GetFileName).Order());
    }

    private async Task<string> LoggedAsync(byte[] written)
    {
        using var log = new ContainerLog(_folder, 0, _clock);
        await log.CopyAsync(new MemoryStream(written), "stdout");
        return await File.ReadAllTextAsync(ContainerLog.FileOf(_folder, 0), TestContext.Current.CancellationToken);
    }
}

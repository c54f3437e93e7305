using System.Globalization;
using System.Text.Json;
using Mizzen.Cluster.Node;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.ApiServer.Streaming;

/// <summary>One exec or attach: input and window sizes from the client, output and the outcome to it.</summary>
internal sealed class ContainerConversation(ChannelSocket socket, ContainerSession session, WantedStreams wanted)
{
    private const byte Input = 0;
    private const byte Output = 1;
    private const byte Errors = 2;
    private const byte Outcome = 3;
    private const byte Resize = 4;

    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(5);

    /// <summary>Runs until the program has ended and all that it wrote is sent, or until the client goes.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reading = ReadAsync(gone.Token);
        var writing = WriteAsync(gone.Token);
        try
        {
            await Task.WhenAny(reading, writing);
            if (writing.IsCompleted)
            {
                await socket.SendAsync(Outcome, StatusOf(await writing), gone.Token);
                await CloseAsync(reading, gone);
            }
        }
        finally
        {
            await gone.CancelAsync();
            await SettledAsync(reading);
            await SettledAsync(writing);
        }
    }

    /// <summary>Tells the client that there is nothing to talk to.</summary>
    public static async Task RefuseAsync(ChannelSocket socket, Status failure, CancellationToken cancellationToken)
    {
        await socket.SendAsync(Outcome, failure, cancellationToken);
        await socket.CloseAsync(cancellationToken);
        while (await socket.ReceiveAsync(cancellationToken) is not null)
        {
            // What it had sent before it heard.
        }
    }

    // Who closes a connection on which something arrives resets it, and the other side loses what it has not read yet.
    private async Task CloseAsync(Task reading, CancellationTokenSource gone)
    {
        await socket.CloseAsync(gone.Token);
        gone.CancelAfter(ClosePatience);
        await SettledAsync(reading);
    }

    private async Task<int> WriteAsync(CancellationToken cancellationToken)
    {
        var output = CopyAsync(Output, wanted.Output, session.Output, cancellationToken);
        var errors = CopyAsync(Errors, wanted.Complaints, session.Errors, cancellationToken);
        var code = await session.Exit.WaitAsync(cancellationToken);
        await Task.WhenAll(output, errors);
        return code;
    }

    private Task CopyAsync(byte channel, bool wanted, Stream? from, CancellationToken cancellationToken) =>
        from is null ? Task.CompletedTask : wanted ? socket.CopyAsync(channel, from, cancellationToken) : from.CopyToAsync(Stream.Null, cancellationToken);

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        while (await socket.ReceiveAsync(cancellationToken) is { } message)
        {
            if (message.Length > 0)
            {
                await TakeAsync(message.Span[0], message[1..], cancellationToken);
            }
        }
    }

    private async Task TakeAsync(byte channel, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        switch (channel)
        {
            case Input when wanted.Input && session.Input is { } input:
                await WriteInputAsync(input, data, cancellationToken);
                break;
            case Resize:
                TakeSize(data.Span);
                break;
            case ChannelSocket.CloseChannel when data is { Length: 1 } && data.Span[0] == Input:
                await session.EndInputAsync();
                break;
        }
    }

    // A program may close its input and go on; who writes to it then is told by nobody.
    private static async Task WriteInputAsync(Stream input, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        try
        {
            await input.WriteAsync(data, cancellationToken);
        }
        catch (IOException)
        {
            return;
        }
    }

    private void TakeSize(ReadOnlySpan<byte> data)
    {
        try
        {
            var reader = new Utf8JsonReader(data);
            if (JsonDocument.TryParseValue(ref reader, out var size))
            {
                using (size)
                {
                    session.Resize(size.RootElement.GetProperty("Width").GetUInt16(), size.RootElement.GetProperty("Height").GetUInt16());
                }
            }
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            // A size that is none changes nothing.
        }
    }

    private static Status StatusOf(int code) => code == 0
        ? new Status { Outcome = "Success" }
        : new Status
        {
            Outcome = "Failure",
            Reason = "NonZeroExitCode",
            Message = string.Create(CultureInfo.InvariantCulture, $"command terminated with non-zero exit code: exit status {code}"),
            Details = new StatusDetails { Causes = [new StatusCause { Reason = "ExitCode", Message = code.ToString(CultureInfo.InvariantCulture) }] },
        };

    private static async Task SettledAsync(Task task)
    {
        try
        {
            await task;
        }
        catch (OperationCanceledException)
        {
            // One side has gone, and the other was told.
        }
    }
}

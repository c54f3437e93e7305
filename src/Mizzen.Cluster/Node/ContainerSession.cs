namespace Mizzen.Cluster.Node;

/// <summary>Somebody's connection to a program in a container. Disposing of it ends a command, but not the container's own program.</summary>
public abstract class ContainerSession : IDisposable
{
    // What a terminal sends when its user says that there is no more input.
    private static readonly byte[] EndOfTransmission = [4];

    /// <summary>Takes the program's input; null when it has none.</summary>
    public abstract Stream? Input { get; }

    /// <summary>What it writes to its output, or to its terminal.</summary>
    public abstract Stream Output { get; }

    /// <summary>What it writes to its standard error; null with a terminal.</summary>
    public abstract Stream? Errors { get; }

    /// <summary>How a command ended: its exit code, or 128 and a signal's number. For a container's own program it is 0.</summary>
    public abstract Task<int> Exit { get; }

    /// <summary>Tells the program how large its terminal is, in characters.</summary>
    public abstract void Resize(ushort width, ushort height);

    /// <summary>There is no more input.</summary>
    public abstract Task EndInputAsync();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Lets go of the program.</summary>
    protected abstract void Dispose(bool disposing);

    private protected static async Task EndInputAsync(ContainerProcess process)
    {
        if (process.Errors is not null)
        {
            process.Input?.Dispose();
        }
        else if (process.Input is { } terminal)
        {
            await terminal.WriteAsync(EndOfTransmission);
        }
    }
}

/// <summary>A command beside the container's program.</summary>
internal sealed class ExecSession(ContainerProcess process) : ContainerSession
{
    public override Stream? Input => process.Input;

    public override Stream Output => process.Output;

    public override Stream? Errors => process.Errors;

    public override Task<int> Exit => process.WaitAsync(CancellationToken.None);

    public override void Resize(ushort width, ushort height) => process.Resize(width, height);

    public override Task EndInputAsync() => EndInputAsync(process);

    protected override void Dispose(bool disposing)
    {
        process.Signal(ContainerProcess.SigKill);
        process.Dispose();
    }
}

/// <summary>The container's own program, as seen by one of those who follow it.</summary>
internal sealed class AttachSession(ContainerProcess process, bool endsInput, Stream output, Stream? errors) : ContainerSession
{
    public override Stream? Input => process.Input;

    public override Stream Output => output;

    public override Stream? Errors => errors;

    public override Task<int> Exit => EndedAsync();

    public override void Resize(ushort width, ushort height) => process.Resize(width, height);

    public override Task EndInputAsync() => endsInput ? EndInputAsync(process) : Task.CompletedTask;

    protected override void Dispose(bool disposing)
    {
        output.Dispose();
        errors?.Dispose();
    }

    private async Task<int> EndedAsync()
    {
        await process.WaitAsync(CancellationToken.None);
        return 0;
    }
}

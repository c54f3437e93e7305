using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Mizzen.Cluster.Storage;
using Mizzen.Testing.Sandbox;

namespace Mizzen.Cluster.Tests.Storage;

/// <summary>Writes until it is killed, and notes what it was told is stored.</summary>
[HelperProgram]
public sealed class StoreWriter
{
    public const string FolderVariable = "MIZZEN_TEST_STORE";

    [SandboxedFact]
    public async Task Writes_until_it_is_killed()
    {
        var folder = Environment.GetEnvironmentVariable(FolderVariable)!;
        await using var store = ObjectStore.Open(Path.Combine(folder, "cluster.db"), NullLogger.Instance);
        await using var notes = new StreamWriter(Path.Combine(folder, "acknowledged")) { AutoFlush = true };
        var noting = new Lock();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(WriteAsync));

        async Task WriteAsync(int writer)
        {
            for (var i = 0; ; i++)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"w{writer}-{i}");
                var outcome = await store.PutAsync(name, new string('x', 500));
                lock (noting)
                {
                    notes.Write(string.Create(CultureInfo.InvariantCulture, $"{name} {outcome.Written!.Revision}\n"));
                }
            }
        }
    }
}

using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Mizzen.ControlPlane.Model;
using Mizzen.ControlPlane.Registration;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;
using Mizzen.Testing;

namespace Mizzen.ControlPlane.Tests.Registration;

/// <summary>Proxies outside of the cluster that become WorkloadEntries, in a real API.</summary>
public sealed class WorkloadRegistrationTests(RunningMesh mesh) : IClassFixture<RunningMesh>
{
    private const string Name = "vms-192.0.2.7";
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UtcNow);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_proxy_becomes_an_entry_of_its_group()
    {
        var proxy = await GroupAsync("joins", probe: true);
        await Registration([]).JoinAsync(proxy, "vm", Cancellation);
        var entry = (await EntryAsync("joins"))!;

        Assert.Equal(("192.0.2.7", "vm", "region/zone"), (entry.Spec!.Address, entry.Spec.ServiceAccount, entry.Spec.Locality));
        Assert.Equal(new Dictionary<string, string> { ["app"] = "legacy", ["version"] = "v7" }, entry.Spec.Labels!.ToDictionary());
        Assert.Equal("vms", entry.Metadata.Annotations!["istio.io/autoRegistrationGroup"]);
        Assert.Equal("true", entry.Metadata.Annotations["proxy.istio.io/health-checks-enabled"]);
        Assert.Equal("vms", Assert.Single(entry.Metadata.OwnerReferences!).Name);
    }

    [Fact]
    public void The_name_tells_the_network() => Assert.Equal(
        "vms-fd00--7-net-1",
        RegisteredWorkload.NameOf("vms", Proxy("any") with { Address = IPAddress.Parse("fd00::7"), Metadata = new Dictionary<string, string> { ["NETWORK"] = "net-1" } }));

    [Fact]
    public async Task Its_health_is_a_condition()
    {
        var proxy = await GroupAsync("health", probe: true);
        var registration = Registration([]);
        await registration.JoinAsync(proxy, "vm", Cancellation);

        await registration.ReportAsync(proxy, "connection refused", Cancellation);
        Assert.Equal(("False", "connection refused"), await HealthAsync());
        await registration.ReportAsync(proxy, null, Cancellation);
        Assert.Equal(("True", null), await HealthAsync());

        async Task<(string, string?)> HealthAsync()
        {
            var found = (await EntryAsync("health"))!.Status!.Conditions!.Single(condition => condition.Type == "Healthy");
            return (found.Status, found.Message);
        }
    }

    [Fact]
    public async Task An_entry_goes_when_its_proxy_has_been_away_too_long()
    {
        var proxy = await GroupAsync("leaves");
        var entries = new List<WorkloadEntry>();
        var registration = Registration(entries);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var running = registration.RunAsync(stop.Token);
        await registration.JoinAsync(proxy, "vm", Cancellation);
        await registration.LeaveAsync(proxy, Cancellation);
        entries.Add((await EntryAsync("leaves"))!);

        _clock.Advance(Grace / 2);
        Assert.NotNull(await EntryAsync("leaves"));
        await Eventually.HoldsAsync(
            async () =>
            {
                _clock.Advance(Grace);
                return await EntryAsync("leaves") is null;
            },
            "the entry is gone",
            Cancellation);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_proxy_that_comes_back_keeps_its_entry()
    {
        var proxy = await GroupAsync("returns");
        var registration = Registration([]);
        await registration.JoinAsync(proxy, "vm", Cancellation);
        var uid = (await EntryAsync("returns"))!.Metadata.Uid;
        await registration.LeaveAsync(proxy, Cancellation);
        Assert.Contains("istio.io/disconnectedAt", (await EntryAsync("returns"))!.Metadata.Annotations!.Keys);
        await registration.JoinAsync(proxy, "vm", Cancellation);

        Assert.Equal(uid, (await EntryAsync("returns"))!.Metadata.Uid);
        Assert.DoesNotContain("istio.io/disconnectedAt", (await EntryAsync("returns"))!.Metadata.Annotations!.Keys);
    }

    [Fact]
    public async Task Without_a_group_or_at_a_foreign_entry_the_proxy_is_turned_away()
    {
        await NamespaceAsync("nowhere");
        Assert.Contains("there is no WorkloadGroup vms", (await Assert.ThrowsAsync<FormatException>(() => Registration([]).JoinAsync(Proxy("nowhere"), "vm", Cancellation))).Message, StringComparison.Ordinal);

        var proxy = await GroupAsync("foreign");
        await mesh.Client.CreateAsync(new WorkloadEntry { Metadata = new ObjectMeta { Name = Name, Namespace = "foreign" }, Spec = new WorkloadEntrySpec { Address = "192.0.2.7" } }, Cancellation);
        Assert.Contains("is not one that was registered", (await Assert.ThrowsAsync<FormatException>(() => Registration([]).JoinAsync(proxy, "vm", Cancellation))).Message, StringComparison.Ordinal);
    }

    private WorkloadRegistration Registration(IReadOnlyList<WorkloadEntry> entries) => new(mesh.Client, () => entries, "istiod.test", Grace, NullLogger.Instance, _clock);

    private async Task<ProxyView> GroupAsync(string ns, bool probe = false)
    {
        await NamespaceAsync(ns);
        await mesh.Client.CreateAsync(
            new WorkloadGroup
            {
                Metadata = new ObjectMeta { Name = "vms", Namespace = ns },
                Spec = new WorkloadGroupSpec
                {
                    Metadata = new WorkloadGroupMetadata { Labels = new Dictionary<string, string> { ["app"] = "legacy" } },
                    Template = new WorkloadEntrySpec { Locality = "region/zone" },
                    Probe = probe ? System.Text.Json.JsonSerializer.SerializeToElement(new { tcpSocket = new { port = 8080 } }) : null,
                },
            },
            Cancellation);
        return Proxy(ns);
    }

    private Task<Namespace> NamespaceAsync(string ns) => mesh.Client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = ns } }, Cancellation);

    private static ProxyView Proxy(string ns) => new(ProxyType.Sidecar, IPAddress.Parse("192.0.2.7"), "vm-7", ns, new Dictionary<string, string> { ["version"] = "v7" })
    {
        Metadata = new Dictionary<string, string> { ["AUTO_REGISTER_GROUP"] = "vms" },
    };

    private Task<WorkloadEntry?> EntryAsync(string ns) => mesh.Client.FindAsync<WorkloadEntry>(ns, Name, Cancellation);
}

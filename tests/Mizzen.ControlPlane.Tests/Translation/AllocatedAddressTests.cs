using System.Net;
using Istio.Networking.Nds.V1;
using Mizzen.ControlPlane.Model;
using Mizzen.ControlPlane.Translation;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Tests.Translation;

/// <summary>Addresses for hosts that have none, and what sidecars with a DNS of their own make of them.</summary>
public sealed class AllocatedAddressTests
{
    private const string Tcp = "ports: [{number: 5432, name: tcp, protocol: TCP}], resolution: DNS";

    [Theory]
    [InlineData("a host", "hosts: [a.example.com], " + Tcp, 1)]
    [InlineData("two hosts", "hosts: [a.example.com, b.example.com], " + Tcp, 2)]
    [InlineData("a wildcard", "hosts: ['*.example.com'], ports: [{number: 80, name: http, protocol: HTTP}], resolution: STATIC, endpoints: [{address: 10.1.1.1}]", 0)]
    [InlineData("an address of its own", "hosts: [a.example.com], addresses: [10.1.2.3], " + Tcp, 0)]
    [InlineData("no resolution", "hosts: [a.example.com], ports: [{number: 5432, name: tcp, protocol: TCP}], resolution: NONE", 0)]
    public void Who_gets_addresses(string what, string spec, int hosts)
    {
        var mesh = Meshes.Mesh(Entry("a", spec));
        var addresses = AddressesOf(mesh, "a");

        Assert.Equal((what, 2 * hosts), (what, addresses.Count));
        Assert.All(addresses, address => Assert.True(
            IPNetwork.Parse("240.240.0.0/16").Contains(IPAddress.Parse(address.Value!)) || IPNetwork.Parse("2001:2::/48").Contains(IPAddress.Parse(address.Value!))));
        Assert.Equal(addresses.Count, addresses.Select(address => address.Value).Distinct().Count());
    }

    [Fact]
    public void A_label_keeps_them_away()
    {
        var mesh = Meshes.Mesh("{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: a, labels: {networking.istio.io/enable-autoallocate-ip: 'false'}}, spec: {hosts: [a.example.com], " + Tcp + "}}");

        Assert.Null(mesh.Services.Allocated.StatusOf(mesh.Resources.ServiceEntries[0]));
    }

    [Fact]
    public void The_same_mesh_gives_the_same_addresses_whatever_else_there_is()
    {
        var alone = AddressesOf(Meshes.Mesh(Entry("a", "hosts: [a.example.com], " + Tcp)), "a");
        var later = AddressesOf(Meshes.Mesh([Entry("a", "hosts: [a.example.com], " + Tcp), .. Many(500)]), "a");

        Assert.Equal(alone, later);
    }

    [Fact]
    public void Thousands_of_hosts_have_an_address_each()
    {
        var mesh = Meshes.Mesh([.. Many(3000)]);

        Assert.Equal(3000, mesh.Services.All.Where(service => service.Allocated.Count == 2).Select(service => service.Allocated[0]).Distinct().Count());
    }

    [Fact]
    public void What_a_status_tells_stays()
    {
        var told = "{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: a}, spec: {hosts: [a.example.com], " + Tcp + "}, status: {addresses: [{host: a.example.com, value: 240.240.7.7}]}}";

        Assert.Equal(["240.240.7.7", "2001:2::707"], AddressesOf(Meshes.Mesh(told), "a").Select(address => address.Value));
    }

    [Fact]
    public void An_address_stays_while_others_come_and_go()
    {
        var mesh = Meshes.Mesh([Entry("z", "hosts: [z.example.com], " + Tcp)]);
        var before = AddressesOf(mesh, "z");
        var more = Meshes.Mesh([.. Many(200)]).Resources.ServiceEntries;
        var next = mesh.Next(mesh.Resources with { ServiceEntries = [.. more, .. mesh.Resources.ServiceEntries] });

        Assert.Equal(before, AddressesOf(next, "z"));
    }

    [Fact]
    public void Only_sidecars_that_answer_names_listen_there()
    {
        var mesh = Meshes.Mesh(Entry("a", "hosts: [a.example.com], " + Tcp), Entry("b", "hosts: [b.example.com], " + Tcp));
        var (one, other) = (AddressesOf(mesh, "a")[0].Value, AddressesOf(mesh, "b")[0].Value);
        var plain = new ProxyTranslator().Translate(mesh, MeshOf.Proxy(mesh, "client"));
        var capturing = new ProxyTranslator().Translate(mesh, Capturing(mesh));

        Assert.Contains("0.0.0.0_5432", plain.Listeners.Keys);
        Assert.DoesNotContain($"{one}_5432", plain.Listeners.Keys);
        Assert.Empty(plain.Names);
        Assert.Contains($"{one}_5432", capturing.Listeners.Keys);
        Assert.Contains($"{other}_5432", capturing.Listeners.Keys);
    }

    [Fact]
    public void The_names_of_the_mesh()
    {
        var mesh = Meshes.Mesh(
            Entry("a", "hosts: [a.example.com], " + Tcp),
            "{apiVersion: v1, kind: Service, metadata: {name: loose}, spec: {clusterIP: None, selector: {app: reviews}, ports: [{name: tcp, port: 9080}]}}");
        var table = ((NameTable)new ProxyTranslator().Translate(mesh, Capturing(mesh)).Names[NameTables.ResourceName]).Table;

        Assert.Equal(["10.96.0.1"], table[Meshes.Reviews].Ips);
        Assert.Equal(["reviews", "reviews.default", "reviews.default.svc"], table[Meshes.Reviews].AltHosts.Order());
        Assert.Equal(["shop.store", "shop.store.svc"], table["shop.store.svc.cluster.local"].AltHosts.Order());
        Assert.Equal(2, table["loose.default.svc.cluster.local"].Ips.Count);
        Assert.Equal(AddressesOf(mesh, "a").Select(address => address.Value), table["a.example.com"].Ips);
    }

    private static ProxyView Capturing(MeshSnapshot mesh) =>
        MeshOf.Proxy(mesh, "client") with { Metadata = new Dictionary<string, string> { ["DNS_CAPTURE"] = "true" } };

    private static IReadOnlyList<ServiceEntryAddress> AddressesOf(MeshSnapshot mesh, string name) =>
        mesh.Services.Allocated.StatusOf(mesh.Resources.ServiceEntries.First(entry => entry.Metadata.Name == name)) ?? [];

    private static string Entry(string name, string spec) => Meshes.Object("ServiceEntry", name, spec);

    private static IEnumerable<string> Many(int count) => Enumerable.Range(0, count).Select(i => Entry($"many{i}", $"hosts: [h{i}.example.org], {Tcp}"));
}

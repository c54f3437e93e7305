namespace Mizzen.Cluster.Tests.ApiServers;

/// <summary>What roles allow and what they do not, as an unmodified kubectl hears it.</summary>
public sealed class AuthorizationTests(RunningApiServer api) : IClassFixture<RunningApiServer>
{
    [Theory]
    [InlineData("get pods -n default", "pods is forbidden: User \"ann\" cannot list resource \"pods\" in API group \"\" in the namespace \"default\"")]
    [InlineData("get pods -A", "pods is forbidden: User \"ann\" cannot list resource \"pods\" in API group \"\" at the cluster scope")]
    [InlineData("get deployment web -n default", "deployments.apps \"web\" is forbidden: User \"ann\" cannot get resource \"deployments\" in API group \"apps\" in the namespace \"default\"")]
    [InlineData("delete node n", "nodes \"n\" is forbidden: User \"ann\" cannot delete resource \"nodes\" in API group \"\" at the cluster scope")]
    [InlineData("logs p -n default", "pods \"p\" is forbidden: User \"ann\" cannot get resource \"pods\" in API group \"\" in the namespace \"default\"")]
    [InlineData("create configmap c -n default", "configmaps is forbidden: User \"ann\" cannot create resource \"configmaps\" in API group \"\" in the namespace \"default\"")]
    [InlineData("get --raw /metrics", "forbidden: User \"ann\" cannot get path \"/metrics\"")]
    public async Task Who_has_no_role_is_told_what_he_lacks(string command, string message)
    {
        var (code, _, errors) = await api.RunKubectlAsync(command + " --as=ann");
        Assert.Equal(1, code);
        Assert.Contains(message, errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("view", "get pods", "yes")]
    [InlineData("view", "get pods --subresource=log", "yes")]
    [InlineData("view", "get secrets", "no")]
    [InlineData("view", "create pods", "no")]
    [InlineData("edit", "get pods", "yes")]
    [InlineData("edit", "create pods --subresource=exec", "yes")]
    [InlineData("edit", "delete deployments.apps", "yes")]
    [InlineData("edit", "get secrets", "yes")]
    [InlineData("edit", "create roles", "no")]
    [InlineData("admin", "create rolebindings", "yes")]
    [InlineData("admin", "list jobs.batch", "yes")]
    [InlineData("admin", "create namespaces", "no")]
    [InlineData("cluster-admin", "impersonate users", "yes")]
    public async Task The_default_roles_allow_in_their_namespace_what_they_do_in_Kubernetes(string role, string what, string answer)
    {
        var ns = await NamespaceAsync("role");
        await api.KubectlAsync($"create rolebinding b -n {ns} --clusterrole={role} --user=ben");

        Assert.Equal(answer, (await api.RunKubectlAsync($"auth can-i {what} -n {ns} --as=ben")).Output.Trim());
        Assert.Equal("no", (await api.RunKubectlAsync($"auth can-i {what} -n default --as=ben")).Output.Trim());
    }

    [Fact]
    public async Task A_role_allows_the_named_objects_only()
    {
        var ns = await NamespaceAsync("named");
        await api.KubectlAsync($"create configmap one -n {ns}");
        await api.KubectlAsync($"create configmap two -n {ns}");
        await api.KubectlAsync($"create role reader -n {ns} --verb=get --resource=configmaps --resource-name=one");
        await api.KubectlAsync($"create serviceaccount robot -n {ns}");
        await api.KubectlAsync($"create rolebinding reader -n {ns} --role=reader --serviceaccount={ns}:robot");

        var robot = $"--as=system:serviceaccount:{ns}:robot";
        Assert.Equal("configmap/one\n", await api.KubectlAsync($"get configmap one -o name -n {ns} {robot}"));
        Assert.Equal(1, (await api.RunKubectlAsync($"get configmap two -n {ns} {robot}")).Code);
        Assert.Equal(1, (await api.RunKubectlAsync($"get configmaps -n {ns} {robot}")).Code);
        var token = (await api.KubectlAsync($"create token robot -n {ns}")).Trim();
        Assert.Equal("configmap/one\n", await api.KubectlAsync($"get configmap one -o name -n {ns} --token={token} --kubeconfig={await api.KubeconfigWithoutUserAsync()}"));
    }

    [Fact]
    public async Task A_role_that_is_added_to_view_is_part_of_it()
    {
        await api.KubectlAsync("apply -f -", """
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata: {name: more-view, labels: {rbac.authorization.k8s.io/aggregate-to-view: "true"}}
            rules: [{apiGroups: [""], resources: [nodes], verbs: [get]}]
            """);
        await api.KubectlAsync("create clusterrolebinding viewers --clusterrole=view --group=viewers");

        Assert.Equal("yes\n", (await api.RunKubectlAsync("auth can-i get nodes --as=eve --as-group=viewers")).Output);
    }

    [Theory]
    [InlineData("create role r --verb=get --resource=secrets", "user \"kim\" (groups=[\"system:authenticated\"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\"]}")]
    [InlineData("create rolebinding r --clusterrole=cluster-admin --user=kim", "is attempting to grant RBAC permissions not currently held:\n{APIGroups:[\"*\"], Resources:[\"*\"], Verbs:[\"*\"]}")]
    public async Task Nobody_gives_away_more_than_he_has(string command, string message)
    {
        var ns = await NamespaceAsync("escalate");
        await api.KubectlAsync($"create role writer -n {ns} --verb=create,get --resource=roles,rolebindings,configmaps");
        await api.KubectlAsync($"create rolebinding kim -n {ns} --role=writer --user=kim");

        var (code, _, errors) = await api.RunKubectlAsync($"{command} -n {ns} --as=kim");
        Assert.Equal(1, code);
        Assert.Contains(message, errors, StringComparison.Ordinal);
        await api.KubectlAsync($"create role less -n {ns} --verb=get --resource=configmaps --as=kim");
    }

    [Fact]
    public async Task Only_who_may_impersonates()
    {
        var (code, _, errors) = await api.RunKubectlAsync("get pods --as=ann --as-group=system:masters");
        Assert.Equal((0, "No resources found in default namespace.\n"), (code, errors));
        await api.KubectlAsync("create clusterrole act --verb=impersonate --resource=users --resource-name=zoe");
        await api.KubectlAsync("create clusterrolebinding act --clusterrole=act --user=system:serviceaccount:default:default");
        var token = (await api.KubectlAsync("create token default")).Trim();
        var access = $"--token={token} --kubeconfig={await api.KubeconfigWithoutUserAsync()}";

        Assert.Contains("User \"zoe\" cannot list", (await api.RunKubectlAsync($"get pods --as=zoe {access}")).Errors, StringComparison.Ordinal);
        Assert.Contains(
            "users \"yan\" is forbidden: User \"system:serviceaccount:default:default\" cannot impersonate resource \"users\" in API group \"\" at the cluster scope",
            (await api.RunKubectlAsync($"get pods --as=yan {access}")).Errors,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_somebody_may_do_is_listed()
    {
        var list = await api.KubectlAsync("auth can-i --list --as=ann");
        Assert.Contains("selfsubjectaccessreviews.authorization.k8s.io", list, StringComparison.Ordinal);
        Assert.Contains("[/version]", list, StringComparison.Ordinal);
        Assert.DoesNotContain("*.*", list, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_binding_to_a_role_that_is_not_there_is_told()
    {
        var ns = await NamespaceAsync("missing");
        await api.KubectlAsync($"create rolebinding lost -n {ns} --role=nobody --user=liz");
        Assert.Contains("RBAC: role.rbac.authorization.k8s.io \"nobody\" not found", (await api.RunKubectlAsync($"get pods -n {ns} --as=liz")).Errors, StringComparison.Ordinal);
    }

    private async Task<string> NamespaceAsync(string prefix)
    {
        var name = $"{prefix}-{Guid.NewGuid():N}"[..20];
        await api.KubectlAsync($"create namespace {name}");
        return name;
    }
}
